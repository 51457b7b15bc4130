// Reads streams as one consumer of a group, at least once: the group is created with MKSTREAM from
// 0, and again when Redis answers NOGROUP; entries that others left pending are claimed with
// XAUTOCLAIM and its full cursor; those that were trimmed while pending are dropped from the
// pending list and counted; an entry that was delivered too often goes to {stream}:dlq before its
// ack.
//
// The caller acknowledges after the effect of an entry is durable; an entry that it neither
// acknowledges nor refuses comes again after `claim_after`, to this or another consumer. Failure:
// as Connection; after a `transient` one the caller dials again and creates a new Consumer (same
// name: its own pending entries come back first). Thread: one at a time.
#pragma once

#include "contracts/base/log.h"
#include "contracts/streams/connection.h"
#include "contracts/streams/dead_letter.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/group.h"

#include <deque>

namespace contracts {

struct ConsumerSettings {
    std::vector<std::string> streams{};  // read in this order
    std::string group{};
    std::string name{};
    std::string service{};                          // for dead letters
    std::chrono::milliseconds claim_after{60'000};  // idle time after which another's entry is ours
    std::chrono::milliseconds sweep_every{30'000};
    std::int64_t max_deliveries = 5;  // beyond it an entry is a dead letter
    std::size_t batch = 16;  // entries of a stream fetched at once; 1: no entry waits for another
};

class Consumer {
public:
    // Borrows the connection and the clock.
    Consumer(Connection& connection, ConsumerSettings settings, const Clock& clock, Log log);

    // Creates the groups; from here on this consumer's own pending entries come first.
    [[nodiscard]] Result<void> start();

    // The next entry: own pending first, then claimed, then new; waits at most `wait` for a new
    // one. Empty: none arrived.
    [[nodiscard]] Result<std::optional<Entry>> next(std::chrono::milliseconds wait);

    [[nodiscard]] Result<void> acknowledge(const Entry& entry);

    // Moves the entry with its reason to {stream}:dlq and acknowledges it, in one transaction, and
    // logs that. If {stream}:dlq is not a stream, the entry stays pending, which is logged as well.
    [[nodiscard]] Result<void> refuse(const Entry& entry, const Error& reason);

    [[nodiscard]] std::uint64_t trimmed_while_pending() const { return trimmed_; }

private:
    struct Source {
        std::string stream;
        std::string own_after =
            "0";               // how far the own pending entries have been read; empty: to the end
        std::string cursor{};  // of a sweep in progress; empty: none
    };

    [[nodiscard]] GroupMember member() const { return {settings_.group, settings_.name}; }
    [[nodiscard]] Result<void> make_groups();
    [[nodiscard]] Result<void> read_own(Source& source);
    [[nodiscard]] Result<void> sweep(Source& source);
    [[nodiscard]] Result<void> drop_unnamed(const Source& source);
    [[nodiscard]] Result<void> fill_from_pending();
    [[nodiscard]] Result<void> read_new(std::chrono::milliseconds wait);
    [[nodiscard]] Result<void> take_again(std::vector<Entry> entries);
    [[nodiscard]] Result<void> drop_trimmed(const std::string& stream,
                                            const std::vector<std::string>& ids);
    [[nodiscard]] Result<void> keep_ready();
    void start_sweep_when_due();

    Connection& connection_;
    ConsumerSettings settings_;
    const Clock& clock_;
    Log log_;
    std::vector<Source> sources_;
    std::deque<Entry> ready_;
    Instant fetched_{};  // when those in ready_ became ours
    Instant next_sweep_{};
    std::uint64_t trimmed_ = 0;
};

}  // namespace contracts
