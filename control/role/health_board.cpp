#include "control/role/health_board.h"

namespace control {

bool HealthBoard::set(const std::string& name, const contracts::Result<void>& state) {
    const std::scoped_lock lock(guard_);
    const auto [entry, is_new] = parts_.try_emplace(name);
    const bool changed = is_new ? !state : entry->second.well != state.has_value();
    entry->second = {state.has_value(), state ? std::string() : state.error().message};
    return changed;
}

HealthBoard::Parts HealthBoard::parts() const {
    const std::scoped_lock lock(guard_);
    return parts_;
}

bool HealthBoard::is_well(std::string_view name) const {
    const std::scoped_lock lock(guard_);
    const auto found = parts_.find(name);
    return found != parts_.end() && found->second.well;
}

}  // namespace control
