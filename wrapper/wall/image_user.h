// The user that an image provides for its agent: `worker`. We do not start an agent as root, so the
// agent runs as this user if no uid is configured.
#pragma once

#include "contracts/base/result.h"
#include "wrapper/wall/confine.h"

#include <string_view>

namespace wrapper {

// Finds its line in `accounts`, a text as in passwd(5). Fails with `fatal`, naming AGENT_UID, when
// there is no such line or it has root's uid.
[[nodiscard]] contracts::Result<AgentUser> find_image_user(std::string_view accounts);

// The same, in this image's /etc/passwd. A missing file has no users.
[[nodiscard]] contracts::Result<AgentUser> image_user();

}  // namespace wrapper
