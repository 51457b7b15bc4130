#include "contracts/streams/connection.h"

#include "contracts/streams/socket.h"
#include "contracts/streams/words.h"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace contracts {

namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
// In one array of a reply: its announcement alone makes the reader allocate memory for all of them.
constexpr long long kMostElements = 1 << 20;

struct FreeReader {
    void operator()(redisReader* reader) const { ::redisReaderFree(reader); }
};

// '*' or '$', a number, CR LF: never longer than this.
constexpr std::size_t kHeaderRoom = 24;

char* put_header(char* out, char kind, std::size_t count) {
    *out++ = kind;
    if (count < 10)
        *out++ = static_cast<char>('0' + count);
    else
        out = std::to_chars(out, out + kHeaderRoom - 3, count).ptr;
    return std::copy_n("\r\n", 2, out);
}

template <class Texts>
void append_command(std::string& out, const Texts& arguments) {
    const std::size_t begin = out.size();
    std::size_t room = begin + kHeaderRoom;
    for (const std::string_view argument : arguments)
        room += kHeaderRoom + argument.size() + 2;
    out.resize_and_overwrite(room, [&](char* bytes, std::size_t) {
        char* end = put_header(bytes + begin, '*', arguments.size());
        for (const std::string_view argument : arguments) {
            end = put_header(end, '$', argument.size());
            end = std::copy(argument.begin(), argument.end(), end);
            end = std::copy_n("\r\n", 2, end);
        }
        return static_cast<std::size_t>(end - bytes);
    });
}

Instant from_now(std::chrono::milliseconds timeout) {
    return std::chrono::steady_clock::now() + timeout;
}

// A refusal to queue describes the fault; EXEC's own error then only reports that there was one.
const Reply* first_error(const std::vector<Reply>& replies) {
    for (const Reply& reply : replies)
        if (reply.view().is_error()) return &reply;
    return nullptr;
}

}  // namespace

struct Connection::State {
    UniqueFd socket;
    UniqueFd wake;
    std::unique_ptr<redisReader, FreeReader> reader;
    std::string unsent{};
    std::size_t sent = 0;  // of `unsent`
    std::size_t outstanding = 0;
    bool drained = false;  // the last read emptied the socket
    bool broken = false;
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::dial(const RedisAddress& address,
                                    std::chrono::milliseconds timeout) {
    const Instant deadline = from_now(timeout);
    Result<UniqueFd> socket = connect_socket(address, deadline);
    if (!socket) return socket.fault();
    UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake.valid()) return fail(system_error(errno, "eventfd"));
    std::unique_ptr<redisReader, FreeReader> reader(::redisReaderCreate());
    if (reader == nullptr) return fail(ErrorKind::transient, "out of memory for a Redis reader");
    reader->maxelements = kMostElements;
    Connection connection(
        std::make_unique<State>(State{std::move(*socket), std::move(wake), std::move(reader)}));
    if (auto greeted = connection.greet(address, deadline); !greeted)
        return fail(std::move(greeted.error()).context("Redis at " + address.display()));
    return connection;
}

Result<void> Connection::greet(const RedisAddress& address, Instant deadline) {
    const std::string database = std::to_string(address.database);
    if (!address.password.empty()) {
        if (address.user.empty())
            send({"AUTH", address.password});
        else
            send({"AUTH", address.user, address.password});
    }
    if (address.database != 0) send({"SELECT", database});
    while (state_->outstanding > 0) {
        Result<Reply> reply = wait_reply(deadline);
        if (!reply) return reply.fault();
        if (!reply->view().is_error()) continue;
        Error error = error_of(reply->view());
        // "ERR AUTH called without any password configured", "ERR DB index is out of range": a
        // person has to correct that.
        if (error.kind == ErrorKind::invalid) error.kind = ErrorKind::fatal;
        error.field = "REDIS_URL";
        return fail(std::move(error));
    }
    return {};
}

Result<Reply> Connection::command(Arguments arguments, std::chrono::milliseconds timeout) {
    if (state_->outstanding > 0)
        return fail(ErrorKind::conflict, "replies to earlier commands have not been received");
    send(arguments);
    Result<Reply> reply = wait_reply(from_now(timeout));
    if (reply && reply->view().is_error()) return fail(error_of(reply->view()));
    return reply;
}

Result<Reply> Connection::command(std::initializer_list<std::string_view> arguments,
                                  std::chrono::milliseconds timeout) {
    return command(Arguments(arguments.begin(), arguments.size()), timeout);
}

Result<Reply> Connection::command(const OwnedCommand& arguments,
                                  std::chrono::milliseconds timeout) {
    const std::vector<std::string_view> views(arguments.begin(), arguments.end());
    return command(Arguments(views), timeout);
}

Result<std::vector<Reply>> Connection::pipeline(std::span<const OwnedCommand> commands,
                                                std::chrono::milliseconds timeout) {
    if (state_->outstanding > 0)
        return fail(ErrorKind::conflict, "replies to earlier commands have not been received");
    const Instant deadline = from_now(timeout);
    for (const OwnedCommand& one : commands)
        send(one);
    std::vector<Reply> replies;
    replies.reserve(commands.size());
    while (state_->outstanding > 0) {
        Result<Reply> reply = wait_reply(deadline);
        if (!reply) return reply.fault();
        replies.push_back(std::move(*reply));
    }
    return replies;
}

Result<std::optional<Reply>> Connection::transaction(std::span<const OwnedCommand> commands,
                                                     std::chrono::milliseconds timeout) {
    Result<std::vector<Reply>> replies = pipeline(
        in_transaction(std::vector<OwnedCommand>(commands.begin(), commands.end())), timeout);
    if (!replies) return replies.fault();
    if (const Reply* error = first_error(*replies)) return fail(error_of(error->view()));
    Reply result = std::move(replies->back());
    if (result.view().is_nil()) return std::optional<Reply>();
    for (std::size_t i = 0; i < result.view().size(); ++i)
        if (result.view()[i].is_error()) return fail(error_of(result.view()[i]));
    return std::optional<Reply>(std::move(result));
}

void Connection::send(Arguments arguments) {
    append_command(state_->unsent, arguments);
    ++state_->outstanding;
}

void Connection::send(std::initializer_list<std::string_view> arguments) {
    append_command(state_->unsent, arguments);
    ++state_->outstanding;
}

void Connection::send(const OwnedCommand& arguments) {
    append_command(state_->unsent, arguments);
    ++state_->outstanding;
}

bool Connection::wants_write() const {
    return state_->sent < state_->unsent.size();
}
std::size_t Connection::outstanding() const {
    return state_->outstanding;
}
int Connection::fd() const {
    return state_->socket.get();
}
bool Connection::broken() const {
    return state_->broken;
}

std::unexpected<Error> Connection::breaks(std::string_view what) {
    state_->broken = true;
    return fail(ErrorKind::transient, "connection to Redis: " + std::string(what));
}

Result<void> Connection::flush() {
    if (state_->broken) return breaks("broken before");
    while (wants_write()) {
        const std::string_view rest = std::string_view(state_->unsent).substr(state_->sent);
        const ssize_t count = ::send(state_->socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return {};
        if (count < 0) return breaks(std::strerror(errno));
        state_->sent += static_cast<std::size_t>(count);
    }
    state_->sent = 0;
    // The memory of a large message is not kept as long as the connection.
    if (state_->unsent.capacity() > kReadBytes)
        state_->unsent = std::string();
    else
        state_->unsent.clear();
    return {};
}

Result<std::optional<Reply>> Connection::receive() {
    if (state_->broken) return breaks("broken before");
    for (;;) {
        void* reply = nullptr;
        if (::redisReaderGetReply(state_->reader.get(), &reply) != REDIS_OK)
            return breaks(state_->reader->errstr);
        if (reply != nullptr) {
            Reply owned(static_cast<redisReply*>(reply));
            if (state_->outstanding > 0) {
                --state_->outstanding;
                return std::optional<Reply>(std::move(owned));
            }
            // Redis sends unasked only the reason why it closes ("ERR max number of clients
            // reached").
            return breaks(owned.view().text());
        }
        if (std::exchange(state_->drained, false)) return std::optional<Reply>();
        char bytes[kReadBytes];
        const ssize_t count = ::recv(state_->socket.get(), bytes, sizeof bytes, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return std::optional<Reply>();
        if (count < 0) return breaks(std::strerror(errno));
        if (count == 0) return breaks("closed by the server");
        state_->drained = static_cast<std::size_t>(count) < sizeof bytes;
        if (::redisReaderFeed(state_->reader.get(), bytes, static_cast<std::size_t>(count)) !=
            REDIS_OK)
            return breaks(state_->reader->errstr);
    }
}

Result<Reply> Connection::wait_reply(Instant deadline) {
    for (;;) {
        if (auto flushed = flush(); !flushed) {
            // The server's reason for closing may still be readable.
            state_->broken = false;
            Result<std::optional<Reply>> last = receive();
            state_->broken = true;
            if (last && *last && (*last)->view().is_error()) return fail(error_of((*last)->view()));
            return flushed.fault();
        }
        Result<std::optional<Reply>> reply = receive();
        if (!reply) return reply.fault();
        if (*reply) return std::move(**reply);
        if (auto ready = wait_ready(deadline); !ready) return ready.fault();
    }
}

Result<void> Connection::wait_ready(Instant deadline) {
    const short wanted = static_cast<short>(POLLIN | (wants_write() ? POLLOUT : 0));
    pollfd ready[] = {{state_->socket.get(), wanted, 0}, {state_->wake.get(), POLLIN, 0}};
    const int count = ::poll(ready, 2, poll_wait(deadline));
    if (count < 0 && errno != EINTR) return breaks(std::strerror(errno));
    if (count > 0 && ready[1].revents != 0) return breaks("interrupted");
    if (count == 0) return breaks("no reply in time");
    return {};
}

void Connection::interrupt() {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then it is readable anyway.
    (void)!::write(state_->wake.get(), &one, sizeof one);
}

UniqueFd Connection::release() && {
    return std::move(state_->socket);
}

}  // namespace contracts
