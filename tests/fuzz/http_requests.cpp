// Arbitrary bytes sent to the daemon, through the server, the routes and a store. The first line
// names the caller: "network", which needs a token, or else an administrator.
#include "contracts/base/unique_fd.h"
#include "control/api/api.h"
#include "control/http/server.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"
#include "control/vault/secrets.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <cstring>
#include <thread>

using fuzz::require;

namespace {

constexpr timeval kPatience{20, 0};

class Silence final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

template <class T>
T sound(contracts::Result<T> result) {
    require(result.has_value(), "the world can be made");
    return std::move(*result);
}

// Created at the first input and kept, so that an input finds what earlier ones have stored.
class World {
public:
    World() {
        require(database_->transaction(put_rows).has_value(), "the world has its rows");
        control::ApiOptions options;
        options.vault = &vault_;
        api_ = std::make_unique<control::Api>(
            *database_, clock_,
            contracts::Log(std::make_shared<Silence>(), contracts::LogLevel::error,
                           contracts::LogFormat::json, "fuzz"),
            options);
        network_ = sound(server_.listen_unix(path("network"), api_->handler_for_tcp()));
        local_ =
            sound(server_.listen_unix(path("local"), api_->handler_for(control::Caller::local())));
        loop_ = std::thread([this] { server_.run(); });
    }
    ~World() {
        server_.stop();
        loop_.join();
    }
    [[nodiscard]] std::string path(std::string_view door) const { return directory_ / door; }

private:
    // Rows that the corpus refers to: project "p" and its task "t".
    static contracts::Result<void> put_rows(control::Transaction& tx) {
        contracts::Project project;
        project.id = "p";
        project.name = "shop";
        contracts::Task task;
        task.id = "t";
        task.project_id = project.id;
        contracts::Result<void> done = control::projects::insert(tx, project, {});
        return done ? control::tasks::insert(tx, task) : done;
    }

    tests::TemporaryDirectory directory_;
    contracts::SystemClock clock_;
    std::unique_ptr<control::Database> database_ = sound(control::open_sqlite(path("api.db")));
    control::Vault vault_ = sound(control::open_vault(*database_, path("secrets.key")));
    control::HttpServer server_;
    std::unique_ptr<control::Api> api_;
    std::unique_ptr<control::Listener> network_;
    std::unique_ptr<control::Listener> local_;
    std::thread loop_;
};

// Sends the request; returns all bytes until the daemon closes.
std::string exchange(const std::string& path, std::string_view request) {
    const contracts::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    require(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
            "the door is open");
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    // The daemon need not read everything, so the result is ignored.
    (void)::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
    ::shutdown(fd.get(), SHUT_WR);
    std::string answer;
    for (char buffer[16'384];;) {
        const ssize_t got = ::recv(fd.get(), buffer, sizeof buffer, 0);
        require(got >= 0 || errno != EAGAIN, "an answer ends");
        if (got <= 0) return answer;
        answer.append(buffer, static_cast<std::size_t>(got));
    }
}

// The value of one of the daemon's headers; empty if it is missing.
std::string_view header_of(std::string_view head, std::string_view name) {
    const std::size_t at = head.find(name);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = head.substr(at + name.size());
    return rest.substr(0, rest.find("\r\n"));
}

// Removes one answer from the text: its head and, as far as present, its body.
void check_answer(std::string_view& rest) {
    require(rest.starts_with("HTTP/1.1 "), "an answer begins with its status");
    const std::size_t end = rest.find("\r\n\r\n");
    require(end != std::string_view::npos, "an answer's head is whole");
    const std::string_view head = rest.substr(0, end + 2);
    rest.remove_prefix(end + 4);
    const std::string_view status = head.substr(9, 3);
    require((status >= "200" && status < "500") || status == "503", "nothing goes wrong inside");
    const std::string_view type = header_of(head, "\r\nContent-Type: ");
    require(status < "400" || type == "application/problem+json", "a refusal is a problem");
    const std::string length(header_of(head, "\r\nContent-Length: "));
    if (length.empty() || rest.starts_with("HTTP/1.1 ")) return;  // of HEAD: the head alone
    const std::size_t size = std::strtoull(length.c_str(), nullptr, 10);
    require(rest.empty() || rest.size() >= size, "an answer's body is whole");
    rest.remove_prefix(std::min(size, rest.size()));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const World world;
    std::string_view text = fuzz::text_of(data, size);
    const bool is_network = fuzz::take_until(text, '\n') == "network";
    const std::string answer = exchange(world.path(is_network ? "network" : "local"), text);
    for (std::string_view rest = answer; !rest.empty();)
        check_answer(rest);
    return 0;
}
