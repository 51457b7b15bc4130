// The worker's input: one entry at a time, read on a connection of its own, so that a blocking read
// delays nothing else. Our own pending entries from a previous run come first, then entries that
// others left idle, then new ones.
//
// Redis measures idle time with its own clock, which may step. A living owner renews its claim
// every third of `claim_after`. An entry is therefore claimed only if it still looks idle after our
// own clock has given its owner time to renew. Watching starts early enough that this costs no
// time.
//
// An entry stays pending until its answer is published. Its claim is renewed while the work runs.
#pragma once

#include "contracts/streams/answer.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/group.h"
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

// An entry delivered more often than this is assumed to kill its workers; the worker gives it up.
inline constexpr std::int64_t kMaxDeliveries = 5;

class Inbox {
public:
    Inbox(InboxSettings settings, const contracts::RedisAddress& address,
          const contracts::Clock& clock, contracts::Log log);

    // Looks for the next entry from now on.
    void ask();
    void watch(PollSet& poll);
    void step(const PollSet& poll);
    // The entry that arrived; the inbox then stays idle until the next `ask`.
    [[nodiscard]] std::optional<contracts::Entry> take();

    [[nodiscard]] contracts::Claim claim_of(const contracts::Entry& entry) const;
    [[nodiscard]] const InboxSettings& settings() const { return settings_; }
    [[nodiscard]] int failures() const { return link_.failures(); }
    [[nodiscard]] const std::string& last_error() const { return link_.last_error(); }
    // Another part of the worker suspects that the connection is half open.
    void doubt();
    void close() { link_.disable(); }

private:
    struct Suspect {
        std::string id;
        contracts::Instant since;  // when it was first seen idle
    };
    struct Stream {
        std::string name;
        std::string own_after = "0";  // the last of our own entries that was read
        bool own_done = false;
        std::string page = "-";           // where the sweep continues
        std::string abandoned{};          // an entry to be claimed; empty: none
        std::vector<Suspect> suspects{};  // of the last sweep, and of this one so far
        std::vector<Suspect> seen{};
        bool swept = false;
    };
    enum class Question { group, own, idle, sweep, count, read, acknowledgement };
    struct Expected {
        Question question;
        Stream* stream;  // null: not about one stream
    };

    [[nodiscard]] contracts::GroupMember member() const {
        return {settings_.group, settings_.consumer};
    }
    void begin();   // on a new connection, and when a group is missing
    void go_on();   // the next question, when no reply is outstanding
    void forget();  // drops what was read and not started: it is still pending and is read again
    void send(Question question, Stream* stream, const contracts::OwnedCommand& command,
              std::chrono::milliseconds patience = contracts::kCommandTimeout);
    void ask_group(Stream& stream);
    void ask_own(Stream& stream);
    void ask_idle(Stream& stream);
    void ask_sweep(Stream& stream);
    void ask_count(const contracts::Entry& entry);
    [[nodiscard]] std::chrono::milliseconds longest_wait() const;
    void ask_new(std::size_t first, std::size_t count, bool wait);
    void on_new(contracts::ReplyView reply);
    void on_reply(Expected expected, contracts::ReplyView reply);
    void on_own(Stream& stream, contracts::ReplyView reply);
    void on_idle(Stream& stream, contracts::ReplyView reply);
    [[nodiscard]] std::chrono::milliseconds patience_with_owner() const;
    [[nodiscard]] std::chrono::milliseconds suspect_after() const;
    [[nodiscard]] bool is_abandoned(Stream& stream, const std::string& id,
                                    std::chrono::milliseconds idle);
    void on_swept(Stream& stream, contracts::ReplyView reply);
    void on_count(contracts::ReplyView reply);
    void drop_trimmed(Stream& stream, const std::vector<std::string>& ids);
    [[nodiscard]] bool reading() const {
        return !expected_.empty() && expected_.front().question == Question::read;
    }

    InboxSettings settings_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    Link link_;
    std::vector<Stream> streams_;
    bool asked_ = false;
    std::list<Expected> expected_;  // the replies to come
    contracts::Instant next_sweep_{};
    std::size_t looked_ = 0;  // streams found without a new entry since the last read that waited
    std::list<contracts::Entry> uncounted_;  // their delivery counts are not known yet
    std::list<contracts::Entry> ready_;
};

}  // namespace wrapper
