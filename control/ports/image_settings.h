// The settings for building worker images, for both the daemon and `orchestratord image`.
#pragma once

#include "control/images/images.h"
#include "control/settings/settings.h"

namespace control {

// Reads the files that the settings name. Failure: `fatal`, with the setting.
[[nodiscard]] contracts::Result<images::ImageSettings> image_settings(const Settings& settings);

}  // namespace control
