// The periodic task that removes worker images which nothing has used for a while. The worker
// manager records each use on the bus; an image whose use was never recorded counts from when it
// was made. An image that a container uses stays: the engine refuses to remove it.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/bus/bus.h"
#include "control/scheduler/periodic.h"

#include <memory>
#include <vector>

namespace control {

struct StoredImage {
    std::string hash;
    std::int64_t bytes = 0;
    contracts::Timestamp made_at{};
};

// Borrows the clock.
struct UnusedImagesNeeds {
    const contracts::Clock& clock;
    // Of this daemon's engine.
    std::function<Result<std::vector<StoredImage>>()> list;
    // `conflict`: a container uses it.
    std::function<Result<void>(const std::string& hash)> remove;
    std::function<std::chrono::days()> keep;  // asked before each run
};

struct ImageRemoval {
    std::int64_t removed = 0;
    std::int64_t bytes = 0;
};

// One round. Stops between two images when asked to.
[[nodiscard]] Result<ImageRemoval> remove_unused_images(const UnusedImagesNeeds& needs,
                                                        contracts::Connection& connection,
                                                        const std::stop_token& stop);

// The periodic task "images".
[[nodiscard]] PeriodicTask unused_images_task(UnusedImagesNeeds needs, std::shared_ptr<Bus> bus,
                                              contracts::Log log,
                                              std::chrono::milliseconds interval);

}  // namespace control
