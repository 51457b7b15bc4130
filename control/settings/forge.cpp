#include "control/settings/forge.h"

#include "contracts/base/proxy.h"
#include "control/settings/shapes.h"

#include <algorithm>

namespace control {

using contracts::Environment;

namespace {

// Tokens are sent to this URL: unencrypted only if they do not leave the machine.
std::string read_github_url(Environment& environment, const char* name, const char* usual) {
    std::string url = environment.text(name, usual);
    while (url.ends_with('/'))
        url.pop_back();
    const bool safe = url.starts_with("https://") ||
                      (url.starts_with("http://") && contracts::is_loopback_url(url));
    if (!safe || url.find_first_of("@?#\" \n") != std::string::npos)
        environment.fault(name,
                          "must begin with https:// (http:// only for this machine) and must not "
                          "contain credentials");
    return url;
}

}  // namespace

void read(Environment& environment, ForgeSettings& settings) {
    read_choice(environment, "FORGE", settings.kind);
    settings.directory = environment.text("FORGE_DIR", "");
    if (!settings.directory.empty()) check_absolute(environment, "FORGE_DIR", settings.directory);
    if (settings.kind != ForgeKind::github) return;
    settings.owner =
        environment.required("GITHUB_OWNER", "set it to the organisation for new repositories");
    const bool is_owner = std::ranges::all_of(settings.owner, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
    if (!is_owner) environment.fault("GITHUB_OWNER", "must be the name of an organisation");
    settings.app_id = environment.required("GITHUB_APP_ID", "set it to the App's id or client id");
    settings.key_file = environment.required("GITHUB_APP_KEY_FILE",
                                             "set it to the file with the App's private key");
    settings.api_url = read_github_url(environment, "GITHUB_API_URL", "https://api.github.com");
    settings.git_url = read_github_url(environment, "GITHUB_URL", "https://github.com");
    settings.webhook_secret = environment.text("GITHUB_WEBHOOK_SECRET", "");
    constexpr std::size_t kShortestSecret = 16;
    if (!settings.webhook_secret.empty() && settings.webhook_secret.size() < kShortestSecret)
        environment.fault("GITHUB_WEBHOOK_SECRET",
                          "must have at least " + std::to_string(kShortestSecret) +
                              " characters; `openssl rand -hex 32` makes one");
}

}  // namespace control
