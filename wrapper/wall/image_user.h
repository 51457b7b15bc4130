// The user that an image has for its agent: `worker`. Root starts no agent as itself, so this is
// as which the agent runs if no uid is configured.
#pragma once

#include "contracts/base/result.h"
#include "wrapper/wall/confine.h"

#include <string_view>

namespace wrapper {

// Its line in `accounts`, a text as in passwd(5). Fails with `fatal`, naming AGENT_UID, when there
// is none or it is root's uid.
[[nodiscard]] contracts::Result<AgentUser> find_image_user(std::string_view accounts);

// The same, of this image's /etc/passwd. A file that is not there has no users.
[[nodiscard]] contracts::Result<AgentUser> image_user();

}  // namespace wrapper
