// The meter: admits model calls or refuses them because of a cap before they are sent, and records
// the cost of each, once.
//
// The highest possible cost of a call is reserved before the call is admitted. It is admitted if
// what was spent, what calls in progress could cost and its own highest cost stay within every cap
// that applies to it; or if no other call is in progress against a cap that is not yet reached. So
// however many calls run at once, a cap is overspent by less than the cost of one call.
//
// Caps, prices and sums are kept in memory, looked up again after kFresh, and not used beyond
// kStale. A call with a cap is admitted once its reservation is in the store, by a transaction that
// sees the reservations of all daemons; one such transaction serves all calls that wait. Beginnings
// of other calls, and all ends, are written afterwards. While the store cannot be written, calls
// with a cap are refused, and others before more than kMaxUnwritten entries wait. Calls of a daemon
// that no longer announces itself (store/daemons.h) are ended by the others, as having cost what
// was reserved.
//
// Thread: any; `done` is called on the caller's thread or on the meter's, once, and must not wait.
#pragma once

#include "contracts/base/log.h"
#include "control/jobs/loop.h"
#include "control/models/call_cost.h"
#include "control/models/reservation.h"

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

// Since the daemon began.
struct MeterTotals {
    std::atomic<std::int64_t> calls = 0;  // that have ended
    std::atomic<std::int64_t> estimated = 0;
    std::atomic<std::int64_t> budget_reached = 0, budget_held = 0, model_forbidden = 0,
                              unavailable = 0;  // refused, by reason
    std::atomic<std::int64_t> input = 0, cache_read = 0, cache_write = 0, output = 0;  // tokens
    std::atomic<Nanodollars> cost = 0;
};

struct MeterNeeds {
    Database& database;
    const contracts::Clock& clock;
    std::string daemon;  // owns these calls in the store
    contracts::Log log;
};

class Meter {
public:
    // Borrows what it needs. First ends the calls that an earlier run of this daemon left open.
    explicit Meter(MeterNeeds needs);
    // Writes what is not written yet.
    ~Meter();

    // Refuses waiting calls and all later ones; ends may still be told. When it returns, the
    // meter's thread holds no call any more. To be called by an owner before it drops the meter: a
    // call owns what it needs, and its last owner must not be the meter's own thread.
    void stop();

    void admit(MeteredCall call, std::function<void(Admission)> done);
    // Call once for each admitted call.
    void end(const std::string& id, const CallOutcome& outcome);
    [[nodiscard]] const MeterTotals& totals() const;
    [[nodiscard]] std::size_t calls_under_way() const;
    // Waits until all beginnings and ends are in the store; false if `patience` is over first.
    [[nodiscard]] bool wait_until_written(std::chrono::milliseconds patience);

private:
    struct Caps;
    struct Batch;
    struct State;

    Result<std::chrono::milliseconds> pass();

    std::unique_ptr<State> state_;
};

}  // namespace control
