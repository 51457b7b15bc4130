#include "control/workers/disk_use.h"

#include "contracts/base/unique_fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace control {

using contracts::Result;
using contracts::UniqueFd;

namespace {

constexpr std::int64_t kBlock = 512;
constexpr int kOpenFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using OpenDirectory = std::unique_ptr<DIR, CloseDirectory>;

OpenDirectory read_from(UniqueFd fd) {
    OpenDirectory directory(::fdopendir(fd.get()));
    if (directory) (void)fd.release();
    return directory;
}

bool is_itself(const char* name) {
    return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

void count(const struct stat& there, DiskUse& use) {
    use.files += 1;
    // All names of a file are in the worker's own directories, so the shares add up to one file.
    const auto names = S_ISDIR(there.st_mode) ? 1 : static_cast<std::int64_t>(there.st_nlink);
    use.bytes += there.st_blocks * kBlock / std::max<std::int64_t>(names, 1);
}

// Depth first, with one open directory per level.
void walk(OpenDirectory top, dev_t device, DiskUse& use) {
    std::vector<OpenDirectory> path;
    path.push_back(std::move(top));
    while (!path.empty() && !use.too_many) {
        const dirent* entry = ::readdir(path.back().get());
        if (entry == nullptr) {
            path.pop_back();
            continue;
        }
        struct stat there{};
        const int parent = ::dirfd(path.back().get());
        if (is_itself(entry->d_name) ||
            ::fstatat(parent, entry->d_name, &there, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        count(there, use);
        use.too_many = use.files > kMostFiles || path.size() > kDeepest;
        if (!S_ISDIR(there.st_mode) || there.st_dev != device) continue;
        if (UniqueFd fd(::openat(parent, entry->d_name, kOpenFlags)); fd.valid())
            if (OpenDirectory below = read_from(std::move(fd))) path.push_back(std::move(below));
    }
}

}  // namespace

Result<void> add_disk_use(const std::string& directory, DiskUse& use) {
    UniqueFd fd(::open(directory.c_str(), kOpenFlags));
    if (!fd.valid() && errno == ENOENT) return {};
    struct stat there{};
    if (!fd.valid() || ::fstat(fd.get(), &there) != 0)
        return contracts::fail(contracts::system_error(errno, "open " + directory));
    if (OpenDirectory top = read_from(std::move(fd))) walk(std::move(top), there.st_dev, use);
    return {};
}

}  // namespace control
