// Workers that a watch wants to end, with the reason, until the thread that has the worker has
// ended it. Thread: any.
#pragma once

#include "control/store/workers.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace control {

class Verdicts {
public:
    void add(const std::string& worker_id, EndCause why) {
        const std::scoped_lock lock(guard_);
        reasons_.try_emplace(worker_id, why);
    }
    [[nodiscard]] std::optional<EndCause> find(const std::string& worker_id) const {
        const std::scoped_lock lock(guard_);
        const auto found = reasons_.find(worker_id);
        return found == reasons_.end() ? std::nullopt : std::optional(found->second);
    }
    void erase(const std::string& worker_id) {
        const std::scoped_lock lock(guard_);
        reasons_.erase(worker_id);
    }

private:
    mutable std::mutex guard_;
    std::map<std::string, EndCause> reasons_;
};

// Called when a worker should be ended, from the watch's thread.
using EndSoon = std::function<void(const std::string& worker_id, EndCause why)>;

}  // namespace control
