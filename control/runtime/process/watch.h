// Waits for supervisors to end, using their descriptors.
#pragma once

#include "control/runtime/process/instance.h"
#include "control/runtime/runtime.h"

#include <functional>
#include <stop_token>
#include <vector>

namespace control::process {

// Wakes a watcher. Any thread may ring.
class Bell {
public:
    Bell();
    void ring() const;
    void quiet() const;
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    contracts::UniqueFd fd_;
};

// Returns on `stop`, or when `find_all` fails (then `transient`). Looks for new instances when the
// bell rings, and every few seconds.
[[nodiscard]] contracts::Result<void> watch_deaths(
    const std::function<contracts::Result<std::vector<Found>>()>& find_all, const Bell& bell,
    const std::function<void(const RuntimeEvent&)>& report, std::stop_token stop);

}  // namespace control::process
