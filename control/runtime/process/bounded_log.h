// A worker's output on disk in two files of bounded size, the newer and the older half.
#pragma once

#include "contracts/base/unique_fd.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace control::process {

inline constexpr std::size_t kLogHalf = 1 << 20;

class BoundedLog {
public:
    BoundedLog(std::string path, std::string older)
        : path_(std::move(path)), older_(std::move(older)) {}
    // If the disk refuses output, it is lost: a full disk must not stop a worker.
    void append(std::string_view bytes);

private:
    std::string path_;
    std::string older_;
    contracts::UniqueFd fd_;
    std::size_t size_ = 0;
};

// The last `most` bytes of both files.
[[nodiscard]] std::string log_tail(const std::string& path, const std::string& older,
                                   std::size_t most);

}  // namespace control::process
