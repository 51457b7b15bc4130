// What is known of the health of the daemon's parts: each port and role by its name, "ok" or a
// reason. Written by the daemon's checks, read by /readyz and /metrics. Thread: from any thread.
#pragma once

#include "contracts/base/result.h"

#include <map>
#include <mutex>
#include <string>

namespace control {

class HealthBoard {
public:
    struct Part {
        bool well = false;
        std::string reason{};  // empty when it is well
    };
    using Parts = std::map<std::string, Part, std::less<>>;

    // True when this changes whether the part is well. A part is unknown until its first entry.
    bool set(const std::string& name, const contracts::Result<void>& state);
    [[nodiscard]] Parts parts() const;
    [[nodiscard]] bool is_well(std::string_view name) const;

private:
    mutable std::mutex guard_;
    Parts parts_;
};

}  // namespace control
