#include "control/daemon/housekeeping.h"

namespace control {

namespace {

constexpr std::chrono::minutes kRest{10};
constexpr std::chrono::seconds kShortRest{1};   // between the passes of one round
constexpr std::chrono::seconds kFirstRest{30};  // a start has other things to do

}  // namespace

Housekeeping::Housekeeping(Database& db, const contracts::Clock& clock, contracts::Log log,
                           Retention keep)
    : db_(db),
      clock_(clock),
      log_(std::move(log)),
      keep_(keep),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Result<std::chrono::milliseconds> Housekeeping::run_once() {
    Result<std::int64_t> gone = forget_old_rows(db_, keep_, clock_.now());
    if (!gone) return fail(std::move(gone.error()));
    if (*gone == 0) return std::chrono::milliseconds(kRest);
    log_.info("old rows were forgotten", {{"rows", *gone}});
    return std::chrono::milliseconds(kShortRest);
}

void Housekeeping::run(const std::stop_token& stop) {
    std::chrono::milliseconds rest = kFirstRest;
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, stop, rest, [&] { return stop.stop_requested(); })) return;
        }
        Result<std::chrono::milliseconds> next = run_once();
        if (!next) log_.warning("old rows stay for now", {{"error", next.error().describe()}});
        rest = next ? *next : std::chrono::milliseconds(kRest);
    }
}

}  // namespace control
