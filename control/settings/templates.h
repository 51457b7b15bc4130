// The template of new projects.
#pragma once

#include "contracts/base/environment.h"

#include <optional>
#include <string>

namespace control {

struct TemplateChoice {
    std::string source{};           // SERVICE_TEMPLATE; empty: our own
    std::string copier = "copier";  // COPIER
    std::optional<bool> scaffolds;  // SCAFFOLD; not set: true if the graphs role finds Copier
};

void read(contracts::Environment& environment, TemplateChoice& settings);

}  // namespace control
