// What nearly every file of ours includes first, parsed once for a build whose files are compiled
// one by one (ORCH_BATCH=1). No file relies on it: whole builds do not have it.
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
