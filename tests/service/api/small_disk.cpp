#include "small_disk.h"

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

namespace tests {

namespace {

void must(int result, const char* what) {
    if (result != 0) throw std::runtime_error(contracts::system_error(errno, what).describe());
}

}  // namespace

bool SmallDisk::is_possible() {
    return ::geteuid() == 0;
}

SmallDisk::SmallDisk(std::string path, std::size_t bytes) : path_(std::move(path)) {
    must(::unshare(CLONE_NEWNS), "unshare");
    must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount /");
    const std::string options = "mode=1777,size=" + std::to_string(bytes);
    must(::mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()), "mount");
}

SmallDisk::~SmallDisk() {
    ::umount2(path_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() const {
    const contracts::UniqueFd file(
        ::open((path_ + "/filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::string block(64 << 10, 'x');
    while (::write(file.get(), block.data(), block.size()) > 0) {
    }
    while (::write(file.get(), block.data(), 4096) > 0) {
    }
    must(errno == ENOSPC ? 0 : -1, "fill the disk");
}

void SmallDisk::make_room() const {
    must(::unlink((path_ + "/filler").c_str()), "unlink");
}

void SmallDisk::make_read_only(bool is_read_only) const {
    must(::mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT | (is_read_only ? MS_RDONLY : 0),
                 nullptr),
         "remount");
}

}  // namespace tests
