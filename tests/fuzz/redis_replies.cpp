// The replies of a Redis on our connection: stream entries, claims, errors.
#include "contracts/fields/write.h"
#include "contracts/messages/engineering.h"
#include "contracts/streams/connection.h"
#include "contracts/streams/entry.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <algorithm>
#include <cstring>

using namespace contracts;
using fuzz::require;

namespace {

constexpr std::size_t kReplies = 8;

// Sends the given bytes to every client, and closes.
class Server {
public:
    Server() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, address_.path.data(), address_.path.size());
        require(
            ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                ::listen(listener_.get(), 1) == 0,
            "the server listens");
    }
    Connection say(std::string_view bytes) {
        Result<Connection> connection = Connection::dial(address_);
        require(connection.has_value(), "the server is there");
        for (std::size_t i = 0; i < kReplies; ++i)
            connection->send({"PING"});
        require(connection->flush().has_value(), "what is asked is sent");
        const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        (void)!::send(client.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        return std::move(*connection);
    }

private:
    tests::TemporaryDirectory directory_;
    RedisAddress address_{.path = directory_ / "redis.sock"};
    UniqueFd listener_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

void check_entry(const Entry& entry) {
    require(entry.raw.empty() || entry.data.empty(), "an entry has data, or all that it has");
    if (!entry.raw.empty()) require(parse_json(entry.raw).has_value(), "the raw entry is JSON");
    const auto message = parse_entry<EngineeringMessage>(entry);
    if (!message) {
        require(message.error().kind == ErrorKind::invalid && !message.error().message.empty(),
                "a poison entry has its reason");
        return;
    }
    const std::string written = format_message(*message);
    const auto again = parse_message<EngineeringMessage>(written);
    require(again && format_message(*again) == written, "an entry's message reads back");
}

void check_reply(ReplyView reply) {
    if (reply.is_error())
        require(error_of(reply).message == reply.text(), "an error says its text");
    require(reply.is_array() || reply.size() == 0, "only arrays have elements");
    const Entries read = read_streams(reply);
    const Claimed claimed = read_claimed("stream", reply);
    Entries listed;
    read_entries("stream", reply, listed);
    for (const Entries& entries : {read, claimed.entries, listed})
        for (const Entry& entry : entries.present)
            check_entry(entry);
    require(listed.present.size() + listed.trimmed.size() == reply.size(), "no entry is lost");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Server server;
    Connection connection = server.say(fuzz::text_of(data, size));
    for (std::size_t left = 64;; --left) {
        const Result<std::optional<Reply>> reply = connection.receive();
        if (!reply) break;
        if (*reply) check_reply((*reply)->view());
        require(left > 0, "a connection that hung up is noticed");
    }
    require(connection.broken(), "a failed connection stays so");
    return 0;
}
