// Which repository at GitHub a local bare repository is connected with. Stored in that repository's
// own configuration, so that it stays with the repository. It contains no credentials.
#pragma once

#include "control/forge/github/client.h"

#include <optional>

namespace control::github {

struct Binding {
    RepositoryName name;
    std::int64_t id = 0;  // GitHub's: a name may come to mean another repository
};

// Empty: none yet, or no local repository.
[[nodiscard]] contracts::Result<std::optional<Binding>> read_binding(const std::string& directory);
[[nodiscard]] contracts::Result<void> write_binding(const std::string& directory,
                                                    const Binding& binding);

// The repository that a project's URL names: below `git_url`, with or without ".git". Else
// `invalid`, field repository_url.
[[nodiscard]] contracts::Result<RepositoryName> name_in_url(std::string_view url,
                                                            const std::string& git_url);

}  // namespace control::github
