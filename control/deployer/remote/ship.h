// Copies an image from one engine to another.
#pragma once

#include "control/runtime/docker/engine.h"

#include <stop_token>
#include <string>

namespace control::deployer {

// Does nothing if the other engine has the same image under this name. `directory`: where the
// archive is stored on the way.
[[nodiscard]] contracts::Result<void> ship_image(const docker::Engine& from,
                                                 const docker::Engine& to, const std::string& image,
                                                 const std::string& directory,
                                                 const std::stop_token& stop);

}  // namespace control::deployer
