// What the worker is to do: one entry at a time, read on a connection of its own, so that a
// blocking read holds up nothing else. Own pending entries of an earlier life come first, then what
// others left idle, then new ones.
//
// The entry stays pending until its answer is published. While the work goes on its claim is kept
// fresh.
#pragma once

#include "contracts/streams/answer.h"
#include "contracts/streams/entry.h"
#include "wrapper/delivery/link.h"

#include <list>
#include <vector>

namespace wrapper {

struct InboxSettings {
    std::vector<std::string> streams;
    std::string group;
    std::string consumer;
    std::chrono::milliseconds claim_after{60'000};
    std::chrono::milliseconds sweep_every{30'000};
};

// An entry that was handed out more often than this ends its workers: it is given up.
inline constexpr std::int64_t kMaxDeliveries = 5;

class Inbox {
public:
    Inbox(InboxSettings settings, const contracts::RedisAddress& address,
          const contracts::Clock& clock, contracts::Log log);

    // Looks for the next entry from now on.
    void ask();
    void watch(PollSet& poll);
    void step();
    // The entry that came; the inbox then rests until it is asked again.
    [[nodiscard]] std::optional<contracts::Entry> take();

    [[nodiscard]] contracts::Claim claim_of(const contracts::Entry& entry) const;
    [[nodiscard]] const InboxSettings& settings() const { return settings_; }
    [[nodiscard]] int failures() const { return link_.failures(); }
    [[nodiscard]] const std::string& last_error() const { return link_.last_error(); }
    // Whether groups exist and pending entries have been looked at.
    [[nodiscard]] bool ready() const { return stage_ == Stage::read || stage_ == Stage::rest; }
    // The connection may be half dead: somebody else noticed.
    void doubt();
    void close() { link_.disable(); }

private:
    // What the outstanding replies are to.
    enum class Stage { rest, groups, own, count, sweep, read };

    void begin();  // on a new connection
    void go_on();  // the next question, when nothing is outstanding
    void on_reply(contracts::ReplyView reply);
    void on_own(contracts::ReplyView reply);
    void on_count(contracts::ReplyView reply);
    void on_swept(contracts::ReplyView reply);
    void on_read(contracts::ReplyView reply);
    void drop_trimmed(const std::string& stream, const std::vector<std::string>& ids);

    InboxSettings settings_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    Link link_;
    Stage stage_ = Stage::rest;
    bool asked_ = false;
    std::size_t at_ = 0;           // the stream that `own` and `sweep` are at
    std::string own_after_ = "0";  // the next own entry to look at
    std::string cursor_ = "0-0";
    bool own_done_ = false;
    std::size_t to_ignore_ = 0;  // replies that nobody looks at come first
    contracts::Instant next_sweep_{};
    std::list<contracts::Entry> uncounted_;  // whose deliveries are being asked for
    std::list<contracts::Entry> ready_;
};

}  // namespace wrapper
