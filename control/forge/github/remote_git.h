// git between a local bare repository and GitHub, over HTTPS with an installation's token.
//
// The token reaches git as a header in the configuration in that process's environment, which only
// its own user can read; never as an argument, in a URL, in a file or in an error. It is sent to
// GITHUB_URL and nowhere else: redirects are not followed. Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <optional>
#include <string>
#include <vector>

namespace control::github {

class RemoteGit {
public:
    // `git_url` without a slash at its end; `path` is "owner/name". The token is wiped when this
    // goes.
    RemoteGit(std::string git_url, const std::string& path, std::string token);
    ~RemoteGit();
    RemoteGit(const RemoteGit&) = delete;
    RemoteGit& operator=(const RemoteGit&) = delete;

    // The refs that are there, by full name, with their commits. Empty repository: none.
    [[nodiscard]] contracts::Result<std::vector<std::pair<std::string, std::string>>> refs() const;
    // Brings `ref` into the bare repository at `directory` as `into`, whatever that was. Objects
    // are checked.
    [[nodiscard]] contracts::Result<void> fetch(const std::string& directory,
                                                const std::string& ref,
                                                const std::string& into) const;
    // "commit:refs/heads/x", with "+" in front to move a ref that is ours. False: GitHub refuses.
    [[nodiscard]] contracts::Result<bool> push(const std::string& directory,
                                               const std::vector<std::string>& refspecs) const;

private:
    const std::string git_url_;
    const std::string url_;
    std::string header_;
};

}  // namespace control::github
