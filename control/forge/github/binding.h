// The connection between a local bare repository and a repository at GitHub. Stored in the local
// repository's own configuration, so that it stays with it. It contains no credentials.
#pragma once

#include "control/forge/github/client.h"

#include <optional>

namespace control::github {

struct Binding {
    RepositoryName name;
    std::int64_t id = 0;  // GitHub's id, because a name may later belong to another repository
};

// Empty: not connected yet, or no local repository.
[[nodiscard]] contracts::Result<std::optional<Binding>> read_binding(const std::string& directory);
[[nodiscard]] contracts::Result<void> write_binding(const std::string& directory,
                                                    const Binding& binding);

// The repository in a project's URL: below `git_url`, with or without ".git". Otherwise `invalid`,
// field repository_url.
[[nodiscard]] contracts::Result<RepositoryName> name_in_url(std::string_view url,
                                                            const std::string& git_url);

}  // namespace control::github
