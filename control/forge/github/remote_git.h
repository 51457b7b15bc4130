// git between a local bare repository and GitHub, over HTTPS with an installation's token.
//
// git receives the token as a header in its configuration, in the environment of that process,
// which only its own user can read; never as an argument, in a URL, in a file or in an error. It is
// sent to GITHUB_URL only: redirects are not followed. Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace control::github {

class RemoteGit {
public:
    // `git_url` has no trailing slash; `path` is "owner/name". The token is wiped when this object
    // is destroyed.
    RemoteGit(std::string git_url, const std::string& path, std::string token);
    ~RemoteGit();
    RemoteGit(const RemoteGit&) = delete;
    RemoteGit& operator=(const RemoteGit&) = delete;

    // The remote refs, by full name, with their commits. Empty for an empty repository.
    [[nodiscard]] contracts::Result<std::vector<std::pair<std::string, std::string>>> refs() const;
    // Fetches `ref` into the bare repository at `directory` as `into`, whatever that was before.
    // Objects are checked.
    [[nodiscard]] contracts::Result<void> fetch(const std::string& directory,
                                                const std::string& ref,
                                                const std::string& into) const;
    // "commit:refs/heads/x", prefixed with "+" to move a ref of ours. False: GitHub refuses.
    [[nodiscard]] contracts::Result<bool> push(const std::string& directory,
                                               const std::vector<std::string>& refspecs) const;

private:
    const std::string git_url_;
    const std::string url_;
    std::string header_;
};

}  // namespace control::github
