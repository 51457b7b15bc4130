// The scaffolder as a graph of its own, for whoever asks by message: scaffolder:queue is read, the
// project gets its first files by the call that the engineering graph makes for a draft, and
// scaffolder:results says how it ended.
//
//     render -> (back_off) -> render -> done, or failed with the template's own words
//
// A message that comes twice opens one thread, and a project that has its files keeps them.
#pragma once

#include "control/graphs/kit/patience_settings.h"
#include "control/graphs/module.h"

namespace control::graphs {

inline constexpr std::string_view kScaffolder = "scaffolder";

struct ScaffolderSettings : PatienceSettings {
    std::chrono::seconds call{600};  // for the result of the call
};

// `calls`: template_calls.h's, or their names alone where other daemons make them.
[[nodiscard]] Module scaffolder_module(ScaffolderSettings settings, CallHandlers calls);

}  // namespace control::graphs
