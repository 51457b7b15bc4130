#include "tests/support/eventually.h"

#include <poll.h>

#include <stdexcept>
#include <string>

namespace tests {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollIntervalMs = 5;

std::chrono::milliseconds since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

}  // namespace

void eventually(std::string_view what, const std::function<bool()>& condition,
                std::chrono::milliseconds limit) {
    const Clock::time_point start = Clock::now();
    while (!condition()) {
        if (since(start) > limit) {
            throw std::runtime_error(std::string(what) + " did not happen within " +
                                     std::to_string(limit.count()) + " ms");
        }
        ::poll(nullptr, 0, kPollIntervalMs);
    }
}

void stays(std::string_view what, const std::function<bool()>& condition,
           std::chrono::milliseconds period) {
    const Clock::time_point start = Clock::now();
    do {
        if (!condition()) {
            throw std::runtime_error(std::string(what) + " ended after " +
                                     std::to_string(since(start).count()) + " ms");
        }
        ::poll(nullptr, 0, kPollIntervalMs);
    } while (since(start) < period);
}

}  // namespace tests
