// Everything around a graph, derived from a seed: a store that fails at chosen operations, a bus
// that keeps published messages, and a worker manager, workers and a forge that answer late, twice,
// with failures, or not at all. The same seed always gives the same world.
#pragma once

#include "control/graphs/delivery/caller.h"
#include "control/graphs/delivery/publisher.h"
#include "tests/unit/control_graphs/desk.h"

#include <map>
#include <random>
#include <set>

namespace tests {

// A daemon process. Between its death and its restart every operation
// fails.
struct Process {
    std::int64_t operations = 0;
    std::set<std::int64_t> die_at;  // the numbers of the operations at which it dies
    bool die_after = false;         // the fatal operation is carried out first
    bool dead = false;

    // Whether the next operation may run; the process may die at it.
    [[nodiscard]] bool begins();
    // Whether the process lives to see the operation's result.
    [[nodiscard]] bool ends();

private:
    bool dying_ = false;
};

// Also runs every third transaction twice, like a store that rolled the first run back.
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

    // Answers a call with its value, or from time to time with a transient failure.
    [[nodiscard]] control::Result<contracts::Json> answer(contracts::Json value);
    [[nodiscard]] control::graphs::CallHandlers forge_calls();

    // The next event that is due, if any. It is delivered again until it was accepted.
    [[nodiscard]] std::optional<control::graphs::Event> next_event() const;
    void taken_in();
    [[nodiscard]] std::optional<contracts::Timestamp> next_arrival() const;

    // True with a probability of one in `many`.
    [[nodiscard]] bool chance(int many) { return random_() % static_cast<unsigned>(many) == 0; }
    [[nodiscard]] std::uint64_t draw() { return random_(); }

    // Checks the final state; returns a description of what is wrong, or nothing.
    [[nodiscard]] std::string fault() const;
    // "<effect key> <stream> <request_id>" of all published messages, in order.
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
    std::map<std::string, std::string> keys_;  // effect key → published message
    std::map<std::string, std::vector<std::string>> note_keys_;
    std::multimap<contracts::Timestamp, control::graphs::Event> coming_;
    std::set<std::string> requests_;      // request ids that were handled
    std::map<std::string, int> workers_;  // → number of its deletions
    std::set<std::string> testers_;
    std::vector<std::string> published_;
    std::vector<std::string> faults_;
    int commits_ = 0;
};

}  // namespace tests
