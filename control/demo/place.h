// The place of a demo: a directory below TMPDIR that is removed with this object, and users for its
// workers.
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <string>
#include <utility>

namespace control::demo {

class Place {
public:
    // If we are root, other users may pass through the directory (0711), because workers have users
    // of their own. Failure: the errno's, or `fatal` if other users cannot pass through a directory
    // above it.
    [[nodiscard]] static contracts::Result<Place> make();
    Place(Place&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    Place& operator=(Place&&) = delete;
    ~Place();

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string data() const { return path_ + "/data"; }
    [[nodiscard]] std::string log() const { return path_ + "/daemon.log"; }

private:
    explicit Place(std::string path) : path_(std::move(path)) {}
    std::string path_;  // empty: moved from
};

// The first of `count` consecutive user ids without an account or a process on this machine. Demos
// that start at the same moment search in different ranges.
[[nodiscard]] std::uint32_t unused_users(std::uint32_t count);

}  // namespace control::demo
