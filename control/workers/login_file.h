// The one file with an agent's login, in the directory where that agent keeps it.
//
// No link is followed, neither symbolic nor hard, and only small regular files that hold a JSON
// object are logins. Thread: any.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "contracts/messages/worker.h"

#include <sys/stat.h>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace control {

// Where an agent of one kind keeps its login: the directory in a home, and the file in it.
struct LoginPlace {
    const char* directory;
    const char* file;
};
// Absent: no agent of this kind has a login that we know.
[[nodiscard]] std::optional<LoginPlace> place_of_login(contracts::AgentType type);

struct LoginFile {
    contracts::UniqueFd directory;  // open
    struct stat file{};
    std::string text;
};

// The login of a person of this machine. Failure: the errno's; `invalid` unless directory and file
// belong to root or the daemon's user and are closed to all others.
[[nodiscard]] contracts::Result<LoginFile> open_login(const std::string& directory,
                                                      const LoginPlace& place);

[[nodiscard]] contracts::Result<contracts::UniqueFd> open_directory_at(
    const contracts::UniqueFd& parent, const char* name);

// A small regular file of `owner` without a second name. Failure: the errno's; `invalid`.
[[nodiscard]] contracts::Result<std::string> read_login(const contracts::UniqueFd& directory,
                                                        const char* name, std::uint32_t owner);

// `refreshed` has everything that `lent` has, each of the same kind, at every level. Failure:
// `invalid`.
[[nodiscard]] contracts::Result<void> check_refreshed(std::string_view refreshed,
                                                      std::string_view lent);

// A new file of mode 0600, synced to the disk. An old one of that name is removed first; the owner
// is set only if we are root.
[[nodiscard]] contracts::Result<void> write_login(const contracts::UniqueFd& directory,
                                                  const std::string& name, std::string_view text,
                                                  std::uint32_t owner, std::uint32_t group);

// As write_login, but readers see the old file or the new one, whole.
[[nodiscard]] contracts::Result<void> replace_login(const contracts::UniqueFd& directory,
                                                    const std::string& name, std::string_view text,
                                                    std::uint32_t owner, std::uint32_t group);

}  // namespace control
