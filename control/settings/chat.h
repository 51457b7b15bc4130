// What an admin may choose about the chat. The figures themselves are the role's own
// (control/chat/settings.h, with their defaults).
#pragma once

#include "contracts/base/environment.h"
#include "control/chat/settings.h"

namespace control {

// The one that may change while the daemon runs (live.h).
void read_note(contracts::Environment& environment, chat::ChatSettings& settings);
void read(contracts::Environment& environment, chat::ChatSettings& settings);

}  // namespace control
