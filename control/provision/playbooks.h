// The playbooks in playbooks/, as of the build of this program.
#pragma once

#include <span>
#include <string_view>

namespace control::provision {

struct PlaybookFile {
    std::string_view path;  // "access.yml", "callback_plugins/orchestrator.py"
    std::string_view text;
};

[[nodiscard]] std::span<const PlaybookFile> playbooks();

}  // namespace control::provision
