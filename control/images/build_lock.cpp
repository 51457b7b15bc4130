#include "control/images/build_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <mutex>

namespace control::images {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

// One call cannot wait for a lock and for a stop. A build takes seconds, so polling is cheap.
constexpr std::chrono::milliseconds kLookEvery{50};

std::unexpected<contracts::Error> unusable(const std::string& path) {
    return fail(ErrorKind::fatal, path + ": " + std::strerror(errno), "DATA_DIR",
                "make it writable, or run as its owner");
}

}  // namespace

Result<BuildLock> BuildLock::take(const std::string& directory, const std::string& hash,
                                  std::stop_token stop) {
    BuildLock lock;
    if (directory.empty()) return lock;
    std::error_code failure;
    std::filesystem::create_directories(directory, failure);
    if (failure) {
        errno = failure.value();
        return unusable(directory);
    }
    const std::string path = directory + "/" + hash + ".lock";
    lock.file_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock.file_.valid()) return unusable(path);
    std::mutex mutex;
    std::condition_variable_any never;
    while (::flock(lock.file_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return unusable(path);
        std::unique_lock waiting(mutex);
        (void)never.wait_for(waiting, stop, kLookEvery, [] { return false; });
        if (stop.stop_requested()) return fail(ErrorKind::transient, "stopped by the caller");
    }
    return lock;
}

}  // namespace control::images
