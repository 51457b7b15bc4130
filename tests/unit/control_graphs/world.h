// Everything around a graph, played from a seed: a store that dies at chosen operations, a bus that
// keeps what was published, a worker manager, workers and a forge that answer late, twice, with
// failures, or not at all. A seed's world is the same every time.
#pragma once

#include "control/graphs/delivery/caller.h"
#include "control/graphs/delivery/publisher.h"
#include "tests/unit/control_graphs/desk.h"

#include <map>
#include <random>
#include <set>

namespace tests {

// What dies together: a daemon's process. Between its death and its next life every operation
// fails.
struct Process {
    std::int64_t operations = 0;
    std::set<std::int64_t> die_at;  // numbers of operations
    bool die_after = false;         // the operation that kills it is done first
    bool dead = false;

    // Whether this operation may be tried; it may be the last one.
    [[nodiscard]] bool begins();
    // Whether its success is heard of.
    [[nodiscard]] bool ends();

private:
    bool dying_ = false;
};

// It also runs every third transaction twice, as a store may that rolled the first run back.
class DyingDatabase final : public control::Database {
public:
    DyingDatabase(control::Database& inner, Process& process) : inner_(inner), process_(process) {}
    [[nodiscard]] control::Dialect dialect() const override { return inner_.dialect(); }
    [[nodiscard]] control::CommitSequence commits() const override { return inner_.commits(); }
    control::Result<control::Rows> query(std::string_view sql,
                                         std::vector<control::Value> values) override;
    control::Result<void> transaction(
        const std::function<control::Result<void>(control::Transaction&)>& work) override;
    void transaction_async(std::function<control::Result<void>(control::Transaction&)> work,
                           std::function<void(control::Result<void>)> done) override;

private:
    control::Database& inner_;
    Process& process_;
    int transactions_ = 0;
};

class World final : public control::graphs::EffectBus {
public:
    World(std::uint64_t seed, Process& process, StillClock& clock)
        : random_(seed), process_(process), clock_(clock) {}

    control::Result<void> publish(const std::string& owner,
                                  std::span<const control::OutboxEffect> effects) override;
    control::Result<std::vector<std::string>> last_published(const std::string& owner) override;
    void interrupt() override {}

    // What answers a call: the value, now and then a failure that passes.
    [[nodiscard]] control::Result<contracts::Json> answer(contracts::Json value);
    [[nodiscard]] control::graphs::CallHandlers forge_calls();

    // The next event that has come by now, if there is one. It comes again until it was taken in.
    [[nodiscard]] std::optional<control::graphs::Event> next_event() const;
    void taken_in();
    [[nodiscard]] std::optional<contracts::Timestamp> next_arrival() const;

    // One in `many`.
    [[nodiscard]] bool chance(int many) { return random_() % static_cast<unsigned>(many) == 0; }
    [[nodiscard]] std::uint64_t draw() { return random_(); }

    // What must hold at the end, in words; empty: it does.
    [[nodiscard]] std::string fault() const;
    // "<effect key> <stream> <request_id>" of all that was published, in order.
    [[nodiscard]] const std::vector<std::string>& published() const { return published_; }

private:
    void react(const control::OutboxEffect& effect);
    void create(const contracts::Json& message);
    void work(const contracts::Json& message);
    void send(const std::string& name, const std::string& id, contracts::Json body,
              std::chrono::milliseconds latest);

    std::mt19937_64 random_;
    Process& process_;
    StillClock& clock_;
    std::map<std::string, std::string> keys_;  // effect key → what was published
    std::map<std::string, std::vector<std::string>> note_keys_;
    std::multimap<contracts::Timestamp, control::graphs::Event> coming_;
    std::set<std::string> requests_;      // request ids that were acted upon
    std::map<std::string, int> workers_;  // → how often it was deleted
    std::set<std::string> testers_;
    std::vector<std::string> published_;
    std::vector<std::string> faults_;
    int commits_ = 0;
};

}  // namespace tests
