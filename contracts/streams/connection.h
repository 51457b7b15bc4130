// One Redis connection over hiredis: bytes to replies, with exact deadlines and in either of two ways of waiting:
// `command` waits here (a daemon thread, the CLI), `send` and `receive` never wait (the wrapper's one poll).
//
// Failure: a broken connection is `transient` and final for this object (`broken()`): dial again. A reply that is a Redis
// error is a Reply, not an Error; `command` turns it into an Error with the server's code in front of the message
// ("NOGROUP …", "READONLY …"): LOADING, READONLY, CLUSTERDOWN, TRYAGAIN, OOM and BUSY are transient, NOAUTH and WRONGPASS fatal, NOPERM permission, others invalid.
// Thread: one at a time, except `interrupt()`.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "contracts/streams/address.h"

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct redisContext;
struct redisReply;

namespace contracts {

// A borrowed look at one value of a reply; lives as long as the Reply it came from.
class ReplyView {
public:
    explicit ReplyView(const redisReply* reply) : reply_(reply) {}
    [[nodiscard]] bool is_nil() const;
    [[nodiscard]] bool is_error() const;
    [[nodiscard]] bool is_array() const;
    [[nodiscard]] bool is_integer() const;
    [[nodiscard]] std::string_view text() const;  // of a string, status or error; else empty
    [[nodiscard]] std::int64_t integer() const;   // of an integer or a string of digits; else 0
    [[nodiscard]] std::size_t size() const;       // elements of an array
    [[nodiscard]] ReplyView operator[](std::size_t index) const;  // nil when out of range

private:
    const redisReply* reply_;
};

class Reply {
public:
    explicit Reply(redisReply* owned) : owned_(owned) {}
    [[nodiscard]] ReplyView view() const { return ReplyView(owned_.get()); }

private:
    struct Free {
        void operator()(redisReply* reply) const;
    };
    std::unique_ptr<redisReply, Free> owned_;
};

using Arguments = std::span<const std::string_view>;

inline constexpr std::chrono::milliseconds kCommandTimeout{5000};

class Connection {
public:
    // Connects, authenticates, selects the database. Refused credentials are `fatal`, anything else `transient`.
    [[nodiscard]] static Result<Connection> dial(const RedisAddress& address,
                                                 std::chrono::milliseconds timeout = kCommandTimeout);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    // Sends one command and waits for its reply.
    [[nodiscard]] Result<Reply> command(Arguments arguments,
                                        std::chrono::milliseconds timeout = kCommandTimeout);
    [[nodiscard]] Result<Reply> command(std::initializer_list<std::string_view> arguments,
                                        std::chrono::milliseconds timeout = kCommandTimeout);
    // MULTI, all of them, EXEC in one write. An empty optional: a watched key changed and nothing was done. An error
    // reply to any of them fails the whole.
    [[nodiscard]] Result<std::optional<Reply>> transaction(
        std::span<const std::vector<std::string>> commands,
        std::chrono::milliseconds timeout = kCommandTimeout);

    // Queues a command without waiting; `flush` and `receive` do what the socket takes at once.
    void send(Arguments arguments);
    void send(std::initializer_list<std::string_view> arguments);
    [[nodiscard]] Result<void> flush();
    [[nodiscard]] bool wants_write() const;
    // The next reply, if it is here; replies come in the order of the commands.
    [[nodiscard]] Result<std::optional<Reply>> receive();
    [[nodiscard]] int fd() const;
    [[nodiscard]] bool broken() const;

    // Makes a waiting `command` return `transient` at once, now and from here on. From any thread.
    void interrupt();

private:
    struct State;
    explicit Connection(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace contracts
