#include "control/jobs/loop.h"

#include "contracts/base/backoff.h"
#include "contracts/base/id.h"
#include "control/jobs/pause.h"

namespace control {

using namespace std::chrono_literals;

namespace {

// A pass that lasted this long worked before it failed.
constexpr std::chrono::seconds kGoodPass{10};

}  // namespace

Loop::Loop(std::string name, WaitingPass run_once, Wake& wake, contracts::Log log)
    : name_(std::move(name)), run_once_(std::move(run_once)), wake_(wake), log_(std::move(log)) {}

Loop::Loop(std::string name, Pass run_once, Wake& wake, contracts::Log log)
    : Loop(std::move(name), WaitingPass([run_once = std::move(run_once)](const std::stop_token&) {
               return run_once();
           }),
           wake, std::move(log)) {}

Loop::~Loop() {
    stop();
}

void Loop::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Loop::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

void Loop::run(const std::stop_token& stop) {
    contracts::Backoff backoff(100ms, 5s);
    while (!stop.stop_requested()) {
        const auto began = std::chrono::steady_clock::now();
        const contracts::Result<std::chrono::milliseconds> rest = run_once_(stop);
        if (rest || std::chrono::steady_clock::now() - began > kGoodPass) backoff.reset();
        if (rest) {
            note({});
            if (*rest > 0ms) wake_.wait(*rest, stop);
        } else if (!stop.stop_requested()) {
            note(rest.fault());
            log_.warning("a pass failed and will be retried",
                         {{"task", name_}, {"error", rest.error().describe()}});
            pause(backoff.next(contracts::random_number()), stop);
        }
    }
}

void Loop::note(contracts::Result<void> outcome) {
    const std::scoped_lock lock(guard_);
    last_ = std::move(outcome);
}

contracts::Result<void> Loop::health() const {
    const std::scoped_lock lock(guard_);
    return last_;
}

}  // namespace control
