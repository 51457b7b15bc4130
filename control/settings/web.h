// The web page: how long a session lasts, and how many pages may be open.
#pragma once

#include "contracts/base/environment.h"

#include <chrono>
#include <cstdint>

namespace control {

struct WebSettings {
    std::chrono::seconds session{12 * 3'600};  // WEB_SESSION
    std::int64_t watchers = 2'000;             // WEB_WATCHERS, pages open at once
};

void read(contracts::Environment& environment, WebSettings& settings);

}  // namespace control
