// A Redis connection that reconnects by itself, with jittered backoff, and is dropped if a reply is
// overdue. The loop blocks only while dialling, for at most a second (plus the time that the system
// takes to resolve a name).
#pragma once

#include "contracts/base/backoff.h"
#include "contracts/base/log.h"
#include "contracts/streams/connection.h"
#include "wrapper/loop/poll_set.h"

#include <optional>

namespace wrapper {

class Link {
public:
    enum class Change { none, opened, lost };

    // Borrows all of them. `name` is for the log.
    Link(std::string name, const contracts::RedisAddress& address, const contracts::Clock& clock,
         contracts::Log log);

    // Dials from now on; an open link stays as it is.
    void enable() { enabled_ = true; }
    // Closes and stays closed.
    void disable();

    // Sends, in one piece, what this turn of the loop queued and did not flush.
    void watch(PollSet& poll);
    // Dials when it is time and sends what is queued. Replies can be received after it.
    [[nodiscard]] Change step(const PollSet& poll);

    [[nodiscard]] bool open() const { return connection_.has_value(); }
    // Only while open. The reply must be here within `patience`, or the link is lost.
    void send(const contracts::OwnedCommand& command,
              std::chrono::milliseconds patience = contracts::kCommandTimeout);
    void send(std::initializer_list<std::string_view> command,
              std::chrono::milliseconds patience = contracts::kCommandTimeout);
    // Sends what is queued, as far as the socket accepts it. The next `step` reports a loss.
    void flush();
    // The next reply, if it has arrived. Also empty if the link breaks meanwhile; `step` then
    // reports that.
    [[nodiscard]] std::optional<contracts::Reply> receive();
    // Redis cannot serve us now: closes the link and dials again after the next wait.
    void drop(std::string_view why);

    // Dials and connections that failed since the last reply that was not an error.
    [[nodiscard]] int failures() const { return backoff_.tries(); }
    [[nodiscard]] const std::string& last_error() const { return last_error_; }

private:
    void lose(std::string_view why);
    void before_send(std::chrono::milliseconds patience);

    std::string name_;
    const contracts::RedisAddress& address_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    bool enabled_ = false;
    bool lost_ = false;  // and not yet reported
    std::optional<contracts::Connection> connection_;
    contracts::Backoff backoff_;
    contracts::Instant next_dial_{};
    contracts::Instant reply_due_{};
    PollSet::Slot slot_ = PollSet::kNone;
    bool readable_ = false;  // according to poll, and not everything has been received
    std::string last_error_;
};

}  // namespace wrapper
