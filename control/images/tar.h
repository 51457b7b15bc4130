// A tar archive (ustar) that is produced while it is read, so that a build context with an agent of
// 400 MB is never in memory as a whole. The owner is root and the time 0, so that equal contents
// give equal archives.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control::images {

struct TarEntry {
    std::string name;  // relative, at most 100 bytes, without ".."
    unsigned mode = 0644;
    std::string content{};
    // If set, the content is that of this file, which must be a regular file and must keep its size
    // while it is read.
    std::string path{};
    // Called for each piece of the file.
    std::function<void(std::string_view)> seen{};
    // Called at its end; a failure ends the archive.
    std::function<contracts::Result<void>()> finished{};
};

class TarStream {
public:
    explicit TarStream(std::vector<TarEntry> entries) : entries_(std::move(entries)) {}

    // The next bytes, at most about `most`; empty at the end of the archive.
    [[nodiscard]] contracts::Result<std::string> read(std::size_t most);

private:
    contracts::Result<void> open_entry(const TarEntry& entry, std::string& out);
    contracts::Result<void> copy_file(const TarEntry& entry, std::size_t most, std::string& out);

    std::vector<TarEntry> entries_;
    std::size_t next_ = 0;
    contracts::UniqueFd file_;  // of the entry before next_, until all of its content has been read
    std::uint64_t left_ = 0;
    std::uint64_t size_ = 0;
    bool ended_ = false;
};

}  // namespace control::images
