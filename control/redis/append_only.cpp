#include "control/redis/append_only.h"

#include "contracts/base/unique_fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <cerrno>
#include <memory>
#include <vector>

namespace control {

using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

Result<bool> AppendOnlySync::sync() {
    const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(directory_.c_str()));
    if (directory == nullptr) {
        if (errno == ENOENT) return false;
        return fail(system_error(errno, "open " + directory_));
    }
    std::vector<UniqueFd> files;
    std::uint64_t bytes = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
        if (entry->d_name[0] == '.') continue;
        // A rewrite may remove a file between the listing and this open.
        UniqueFd file(
            ::openat(::dirfd(directory.get()), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        struct stat status{};
        if (!file.valid() || ::fstat(file.get(), &status) != 0) continue;
        bytes += static_cast<std::uint64_t>(status.st_size);
        files.push_back(std::move(file));
    }
    if (bytes == synced_bytes_) return false;
    for (const UniqueFd& file : files)
        if (::fdatasync(file.get()) != 0) return fail(system_error(errno, "sync " + directory_));
    synced_bytes_ = bytes;
    return true;
}

}  // namespace control
