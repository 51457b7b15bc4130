#include "control/jobs/loop.h"

#include "contracts/base/backoff.h"
#include "contracts/base/id.h"
#include "control/jobs/pause.h"

namespace control {

using namespace std::chrono_literals;

Loop::Loop(std::string name, Pass run_once, Wake& wake, contracts::Log log)
    : name_(std::move(name)), run_once_(std::move(run_once)), wake_(wake), log_(std::move(log)) {}

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
        const contracts::Result<std::chrono::milliseconds> rest = run_once_();
        if (rest) {
            backoff.reset();
            if (*rest > 0ms) wake_.wait(*rest, stop);
        } else if (!stop.stop_requested()) {
            log_.warning("a pass failed and is tried again",
                         {{"task", name_}, {"error", rest.error().describe()}});
            pause(backoff.next(contracts::random_number()), stop);
        }
    }
}

}  // namespace control
