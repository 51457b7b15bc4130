// The meter: lets model calls through or refuses them for a cap's sake before they are sent, and
// writes down what each has cost, once.
//
// A call's most possible cost is reserved before it is let through. It goes if what was spent, what
// calls under way could cost and its own most stay within every cap that holds for it; or if no
// other call is under way against a cap that is not yet reached. So whatever runs at once, a cap is
// overspent by less than what one call costs.
//
// Caps, prices and sums are kept in memory, looked up again after kFresh, and never believed beyond
// kStale; what begins and ends is written behind the calls' backs, many in one transaction. Daemons
// that share a store see each other's calls once those are written. While the store cannot be
// written, calls are refused before there is more to write than kMaxUnwritten.
//
// Thread: any; `done` is called on the caller's thread or on the meter's, once, and must not wait.
#pragma once

#include "contracts/base/log.h"
#include "control/jobs/loop.h"
#include "control/models/call_cost.h"
#include "control/store/budgets.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>

namespace control {

inline constexpr std::chrono::milliseconds kFresh{250};
inline constexpr std::chrono::milliseconds kStale{2'000};
inline constexpr std::size_t kMaxUnwritten = 50'000;
inline constexpr std::size_t kMaxCallersKnown = 10'000;

struct MeteredCall {
    ModelCaller caller{};
    ModelProvider provider = ModelProvider::anthropic;
    ModelApi api = ModelApi::none;
    RequestFacts facts{};
};

enum class Verdict {
    admitted,
    budget_reached,   // the cap has to be raised
    budget_held,      // calls under way hold the rest: again in a moment
    model_forbidden,  // the project may not use this model
    unavailable       // the store does not answer
};

struct Admission {
    Verdict verdict = Verdict::unavailable;
    std::string id{};                   // of the call, where it was admitted
    std::string reason{};               // where it was not
    std::optional<Nanodollars> left{};  // of the tightest cap, with this call's most taken off
};

// Since the daemon began.
struct MeterTotals {
    std::atomic<std::int64_t> calls = 0;  // that have ended
    std::atomic<std::int64_t> estimated = 0;
    std::atomic<std::int64_t> budget_reached = 0, budget_held = 0, model_forbidden = 0,
                              unavailable = 0;  // refused, and why
    std::atomic<std::int64_t> input = 0, cache_read = 0, cache_write = 0, output = 0;  // tokens
    std::atomic<Nanodollars> cost = 0;
};

struct MeterNeeds {
    Database& database;
    const contracts::Clock& clock;
    std::string daemon;  // whose calls these are in the store
    contracts::Log log;
};

class Meter {
public:
    // Borrows what it needs. Ends first the calls that an earlier life of this daemon left open.
    explicit Meter(MeterNeeds needs);
    // Refuses who waits, and writes what is not written yet.
    ~Meter();

    void admit(MeteredCall call, std::function<void(Admission)> done);
    // Once for each call that was admitted.
    void end(const std::string& id, const CallOutcome& outcome);
    [[nodiscard]] const MeterTotals& totals() const;
    [[nodiscard]] std::size_t calls_under_way() const;
    // Until all that has begun and ended is in the store, or `patience` is over: false.
    [[nodiscard]] bool wait_until_written(std::chrono::milliseconds patience);

private:
    struct Caps;
    struct Batch;
    struct State;

    Result<std::chrono::milliseconds> pass();

    std::unique_ptr<State> state_;
};

// "$1.25", with as many digits as it takes to tell it from nothing.
[[nodiscard]] std::string in_dollars(Nanodollars amount);

}  // namespace control
