// The daemon as a whole: builds the ports and the roles that were asked for, passes them down, and
// runs the event loop. What a failed start had begun ends with it; a stopped daemon leaves its
// workers alive unless it was told to take them along.
#pragma once

#include "control/ports/data_directory.h"
#include "control/settings/settings.h"

#include <memory>

namespace control {

class Daemon {
public:
    // Everything stands and answers when it returns. Failure is one sentence with kind `fatal`.
    [[nodiscard]] static contracts::Result<std::unique_ptr<Daemon>> start(const Settings& settings,
                                                                          contracts::Log log);
    ~Daemon();

    // Serves until `stop`.
    void run();
    // From any thread.
    void stop();
    // When it goes, no worker of its own lives on.
    void take_workers_along();

private:
    struct Parts;
    explicit Daemon(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace control
