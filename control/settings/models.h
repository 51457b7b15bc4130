// The models' APIs that workers reach through the gate, and the daemon's keys to them.
#pragma once

#include "contracts/base/environment.h"

#include <string>

namespace control {

struct ModelSettings {
    std::string anthropic_upstream;  // MODEL_UPSTREAM
    std::string anthropic_key;       // ANTHROPIC_API_KEY
    std::string openai_upstream;     // OPENAI_UPSTREAM
    std::string openai_key;          // OPENAI_API_KEY
};

void read(contracts::Environment& environment, ModelSettings& settings);

}  // namespace control
