// A second graph: it asks for a word and publishes it. All of it is in this folder.
#pragma once

#include "control/graphs/module.h"

namespace tests {

// `handler` answers the call "greeter.word" {language} → {word}.
[[nodiscard]] control::graphs::Module greeting_module(control::graphs::CallHandler handler);

}  // namespace tests
