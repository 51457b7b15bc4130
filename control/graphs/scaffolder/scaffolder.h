// The scaffolder as a graph of its own, for senders of messages: scaffolder:queue is read, the
// project gets its first files by the call that the engineering graph makes for a draft, and
// scaffolder:results reports how it ended.
//
//     render -> (back_off) -> render -> done, or failed with the template's own words
//
// A message that arrives twice opens one thread, and a project that has files keeps them.
#pragma once

#include "control/graphs/kit/patience_settings.h"
#include "control/graphs/module.h"

namespace control::graphs {

inline constexpr std::string_view kScaffolder = "scaffolder";

struct ScaffolderSettings : PatienceSettings {
    std::chrono::seconds call{600};  // for the result of the call
};

// `calls`: those of template_calls.h, or only their names if other daemons make them.
[[nodiscard]] Module scaffolder_module(ScaffolderSettings settings, CallHandlers calls);

}  // namespace control::graphs
