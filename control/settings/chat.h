// The settings of the chat. The role's own struct has the defaults (control/chat/settings.h).
#pragma once

#include "contracts/base/environment.h"
#include "control/chat/settings.h"

namespace control {

// The setting that may change while the daemon runs (live.h).
void read_note(contracts::Environment& environment, chat::ChatSettings& settings);
void read(contracts::Environment& environment, chat::ChatSettings& settings);

}  // namespace control
