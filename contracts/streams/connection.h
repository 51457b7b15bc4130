// One Redis connection: bytes to replies, with exact deadlines. `command` blocks (a daemon thread,
// the CLI); `send`, `flush` and `receive` never block (the wrapper's one poll).
//
// Failure: a broken connection is `transient` and final for this object (`broken()`): dial again. A
// reply that came too late also breaks it, because it would be taken for the next one. A Redis
// error is a Reply if several replies are requested, and an Error (error_of) if one is. Thread: one
// at a time, except `interrupt()`. SIGPIPE is never raised.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "contracts/streams/address.h"
#include "contracts/streams/reply.h"

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace contracts {

using Arguments = std::span<const std::string_view>;
// One command that outlives its caller's strings.
using OwnedCommand = std::vector<std::string>;

inline constexpr std::chrono::milliseconds kCommandTimeout{5000};

class Connection {
public:
    // Connects, authenticates, selects the database. Refused credentials are `fatal`, anything else
    // `transient`.
    [[nodiscard]] static Result<Connection> dial(
        const RedisAddress& address, std::chrono::milliseconds timeout = kCommandTimeout);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    // Sends one command and waits for its reply.
    [[nodiscard]] Result<Reply> command(Arguments arguments,
                                        std::chrono::milliseconds timeout = kCommandTimeout);
    [[nodiscard]] Result<Reply> command(std::initializer_list<std::string_view> arguments,
                                        std::chrono::milliseconds timeout = kCommandTimeout);
    [[nodiscard]] Result<Reply> command(const OwnedCommand& arguments,
                                        std::chrono::milliseconds timeout = kCommandTimeout);
    // All commands in one write; one reply each, which may be a Redis error.
    [[nodiscard]] Result<std::vector<Reply>> pipeline(
        std::span<const OwnedCommand> commands,
        std::chrono::milliseconds timeout = kCommandTimeout);
    // MULTI, all commands and EXEC in one write. An empty optional: a watched key changed and
    // nothing was done. An error reply to any of them is a failure (if Redis refuses to queue a
    // command, nothing is done).
    [[nodiscard]] Result<std::optional<Reply>> transaction(
        std::span<const OwnedCommand> commands,
        std::chrono::milliseconds timeout = kCommandTimeout);

    // Queues a command without waiting; `flush` and `receive` do what the socket takes at once.
    // Each reply must have been received before any of the waiting calls above is used.
    void send(Arguments arguments);
    void send(std::initializer_list<std::string_view> arguments);
    void send(const OwnedCommand& arguments);
    [[nodiscard]] Result<void> flush();
    [[nodiscard]] bool wants_write() const;
    // The next reply, if it has arrived; replies come in the order of the commands. Poll `fd()`
    // only after an empty result.
    [[nodiscard]] Result<std::optional<Reply>> receive();
    // Commands whose reply has not been received.
    [[nodiscard]] std::size_t outstanding() const;
    [[nodiscard]] int fd() const;
    [[nodiscard]] bool broken() const;

    // Makes a waiting call return `transient` at once, now and in the future. From any thread.
    void interrupt();

    // The socket, for a caller that passes the bytes on itself. No reply may be outstanding.
    [[nodiscard]] UniqueFd release() &&;

private:
    struct State;
    explicit Connection(std::unique_ptr<State> state);
    [[nodiscard]] Result<Reply> wait_reply(Instant deadline);
    [[nodiscard]] Result<void> wait_ready(Instant deadline);
    [[nodiscard]] Result<void> greet(const RedisAddress& address, Instant deadline);
    [[nodiscard]] std::unexpected<Error> breaks(std::string_view what);
    std::unique_ptr<State> state_;
};

}  // namespace contracts
