// Headers that nearly every file of ours includes first, parsed once in builds that compile files
// one by one (ORCH_BATCH=1). No file relies on it: batch builds do not use it.
#pragma once

#include "contracts/base/json.h"
#include "contracts/base/log.h"
#include "contracts/base/result.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
