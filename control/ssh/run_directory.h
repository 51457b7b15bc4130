// A directory for one run, which only our user can enter and which is removed with this object.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <utility>

namespace control::ssh {

class RunDirectory {
public:
    // Below `parent`, which exists.
    [[nodiscard]] static contracts::Result<RunDirectory> make(const std::string& parent);
    RunDirectory(RunDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    RunDirectory& operator=(RunDirectory&&) = delete;
    ~RunDirectory();

    [[nodiscard]] const std::string& path() const { return path_; }
    // Creates a file (0600, with `executable` 0700), and its folder if that is missing.
    [[nodiscard]] contracts::Result<void> write(const std::string& name, std::string_view text,
                                                bool executable = false) const;

private:
    explicit RunDirectory(std::string path) : path_(std::move(path)) {}
    std::string path_;  // empty: moved from
};

// Removes directories below `parent` that interrupted runs left behind.
void remove_left_runs(const std::string& parent);

}  // namespace control::ssh
