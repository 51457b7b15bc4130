// The forge's second body: repositories in a GitHub organisation. Workers still push to the local
// bare repository and read from it; the default branch is fetched from GitHub before work begins
// and pushed there when it is done, by pull request if it does not accept pushes.
//
// GitHub's default branch is authoritative: commits that people push there are taken over. If both
// sides have moved, the local commits are kept under refs/keep/ and GitHub's are used. A repository
// with content that did not come from here is never written to, unless a project names it as its
// own (`adopt_repository`).
#pragma once

#include "contracts/base/log.h"
#include "control/forge/forge.h"
#include "control/forge/github/client.h"

namespace control {

struct GithubForgeSettings {
    std::string owner;                           // GITHUB_OWNER: the organisation for new
                                                 // repositories
    std::string git_url = "https://github.com";  // GITHUB_URL
};

// `client` is borrowed.
[[nodiscard]] std::unique_ptr<Forge> make_github_forge(std::unique_ptr<Forge> local,
                                                       github::Client& client,
                                                       GithubForgeSettings settings,
                                                       contracts::Log log);

}  // namespace control
