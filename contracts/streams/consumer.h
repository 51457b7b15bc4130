// Reading streams as one consumer of a group, at least once: the group is made with MKSTREAM from 0 and made again when
// Redis answers NOGROUP; what others left pending is claimed with XAUTOCLAIM and its full cursor; what was trimmed
// while pending is dropped from the pending list and counted; a poison entry goes to {stream}:dlq before its ack.
//
// The caller acknowledges after the effect of an entry is durable. Failure: as Connection; after a `transient` one the
// caller dials again and makes a new Consumer (same name: its own pending entries come back first).
// Thread: one at a time.
#pragma once

#include "contracts/base/log.h"
#include "contracts/fields/read.h"
#include "contracts/streams/connection.h"

#include <deque>

namespace contracts {

struct Entry {
    std::string stream;
    std::string id;
    std::string data;             // the value of the field `data`; empty when the entry has none
    std::string raw;              // every field and value as one JSON object when `data` is missing
    std::int64_t deliveries = 1;  // how often it has been handed out, this time included

    // The time in the id.
    [[nodiscard]] Timestamp time() const;
    [[nodiscard]] ReadContext context() const { return ReadContext{time()}; }
};

struct ConsumerSettings {
    std::vector<std::string> streams;
    std::string group;
    std::string name;
    std::string service;                              // for dead letters
    std::chrono::milliseconds claim_after{60'000};    // idle time after which another's entry is ours
    std::chrono::milliseconds sweep_every{30'000};
    std::int64_t max_deliveries = 5;                  // beyond it an entry is a dead letter
};

class Consumer {
public:
    // Borrows the connection.
    Consumer(Connection& connection, ConsumerSettings settings, const Clock& clock, Log log);

    // Makes the groups and takes up this consumer's own pending entries.
    [[nodiscard]] Result<void> start();

    // The next entry: own pending first, then claimed, then new; waits at most `wait` for a new one. Empty: none came.
    [[nodiscard]] Result<std::optional<Entry>> next(std::chrono::milliseconds wait);

    [[nodiscard]] Result<void> acknowledge(const Entry& entry);

    // To {stream}:dlq with its reason, then acknowledged, in one transaction.
    [[nodiscard]] Result<void> refuse(const Entry& entry, const Error& reason);

    [[nodiscard]] std::uint64_t trimmed_while_pending() const { return trimmed_; }

private:
    [[nodiscard]] Result<void> make_group(const std::string& stream);
    [[nodiscard]] Result<void> read_own_pending(const std::string& stream);
    [[nodiscard]] Result<void> sweep(const std::string& stream);

    Connection& connection_;
    ConsumerSettings settings_;
    const Clock& clock_;
    Log log_;
    std::deque<Entry> ready_;
    Instant next_sweep_{};
    std::uint64_t trimmed_ = 0;
};

// The arguments that move an entry to {stream}:dlq and acknowledge it, for whoever writes them in a transaction.
[[nodiscard]] std::vector<std::vector<std::string>> refuse_commands(const Entry& entry,
                                                                    std::string_view group,
                                                                    std::string_view service,
                                                                    const Error& reason,
                                                                    Timestamp now);

}  // namespace contracts
