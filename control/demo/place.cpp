#include "control/demo/place.h"

#include "control/ports/data_directory.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <set>

namespace control::demo {

using contracts::fail;
using contracts::Result;
using contracts::system_error;

namespace {

// Above the accounts of people, below those of deployments.
constexpr std::uint32_t kFirstUser = 30'000;
constexpr std::uint32_t kUsers = 10'000;

std::set<std::uint32_t> users_with_processes() {
    std::set<std::uint32_t> users;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
        struct stat there{};
        if (::stat(entry.path().c_str(), &there) == 0) users.insert(there.st_uid);
    }
    return users;
}

}  // namespace

Result<Place> Place::make() {
    const char* chosen = std::getenv("TMPDIR");
    std::string path = chosen != nullptr && *chosen == '/' ? chosen : "/tmp";
    path.append("/orchestrator-demo.XXXXXX");
    if (::mkdtemp(path.data()) == nullptr) return fail(system_error(errno, "create " + path));
    Place place(std::move(path));
    if (::geteuid() != 0) return place;
    if (::chmod(place.path_.c_str(), 0711) != 0)
        return fail(system_error(errno, "chmod " + place.path_));
    if (Result<void> passes = check_passable(place.path_, "TMPDIR"); !passes) return passes.fault();
    return place;
}

Place::~Place() {
    std::error_code failed;
    if (!path_.empty()) std::filesystem::remove_all(path_, failed);
}

std::uint32_t unused_users(std::uint32_t count) {
    const std::set<std::uint32_t> busy = users_with_processes();
    const auto is_used = [&](std::uint32_t user) {
        return busy.contains(user) || ::getpwuid(user) != nullptr;
    };
    const std::uint32_t ranges = kUsers / count;
    const auto begin = static_cast<std::uint32_t>(::getpid());
    for (std::uint32_t i = 0; i < ranges; ++i) {
        const std::uint32_t first = kFirstUser + (begin + i) % ranges * count;
        std::uint32_t user = first;
        while (user < first + count && !is_used(user))
            ++user;
        if (user == first + count) return first;
    }
    return kFirstUser;
}

}  // namespace control::demo
