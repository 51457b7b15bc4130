// Where repositories live.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/fields/field_list.h"

#include <string>

namespace control {

enum class ForgeKind {
    local,   // only on this machine
    github,  // also in an organisation at GitHub
};
inline constexpr std::string_view kForgeKindNames[] = {"local", "github"};
constexpr contracts::Choices choices_of(ForgeKind) {
    return kForgeKindNames;
}

struct ForgeSettings {
    ForgeKind kind = ForgeKind::local;  // FORGE
    std::string directory;              // FORGE_DIR: the repositories; empty: in DATA_DIR
    // The following are for `github` only.
    std::string owner;           // GITHUB_OWNER
    std::string app_id;          // GITHUB_APP_ID
    std::string key_file;        // GITHUB_APP_KEY_FILE
    std::string api_url;         // GITHUB_API_URL, without a trailing slash
    std::string git_url;         // GITHUB_URL, without a trailing slash
    std::string webhook_secret;  // GITHUB_WEBHOOK_SECRET; empty: webhooks are not taken
};

void read(contracts::Environment& environment, ForgeSettings& settings);

}  // namespace control
