// The models' APIs that workers reach through the gateway, and the daemon's keys to them. Several
// keys stand between commas, in the order in which they are used; with them either one upstream for
// all, or one for each.
#pragma once

#include "contracts/base/environment.h"

#include <string>
#include <vector>

namespace control {

struct ModelKey {
    std::string upstream;  // MODEL_UPSTREAM, OPENAI_UPSTREAM
    std::string key;       // ANTHROPIC_API_KEY, OPENAI_API_KEY
};

struct ModelSettings {
    std::vector<ModelKey> anthropic;  // none: not offered
    std::vector<ModelKey> openai;
};

void read(contracts::Environment& environment, ModelSettings& settings);

}  // namespace control
