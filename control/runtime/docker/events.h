// The engine's event stream: one JSON object per line.
#pragma once

#include "control/runtime/docker/engine.h"
#include "control/runtime/runtime.h"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace control::docker {

// Empty if the line is not an event, or not of interest.
[[nodiscard]] std::optional<RuntimeEvent> parse_event(std::string_view line);

// The target that subscribes to the deaths of `owner`'s containers.
[[nodiscard]] std::string events_target(std::string_view owner);

// Reports `watching` once the engine has accepted, then each event, on the caller's thread. Returns
// when `stop` requests it; fails with `transient` if the stream ends by itself.
[[nodiscard]] contracts::Result<void> follow_events(
    const Engine& engine, std::string_view owner,
    const std::function<void(const RuntimeEvent&)>& report, std::stop_token stop);

}  // namespace control::docker
