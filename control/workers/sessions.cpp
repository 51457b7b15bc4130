#include "control/workers/sessions.h"

#include "contracts/base/unique_fd.h"
#include "control/workers/directories.h"
#include "control/workers/session_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace control {

using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr std::chrono::hours kKept{24 * 30};
constexpr std::size_t kLongestUser = 64;

// A directory with this name must belong to the user only.
bool is_name(const std::string& user) {
    return !user.empty() && user.size() <= kLongestUser && std::ranges::all_of(user, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

// The user whose sessions the worker's are; empty if there is none.
std::string user_of(const WorkersSetting& setting, const WorkerRow& worker) {
    if (setting.sessions.empty() || worker.config.worker_type != contracts::WorkerType::po)
        return {};
    std::string user = worker.about("user_id");
    return is_name(user) ? user : std::string();
}

Result<void> make_private(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(system_error(errno, "create " + path));
    return {};
}

Result<void> check_private(const std::string& path) {
    const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat there{};
    if (!directory.valid() || ::fstat(directory.get(), &there) != 0)
        return fail(system_error(errno, "open " + path));
    if (there.st_uid != ::geteuid() || (there.st_mode & 0077U) != 0)
        return fail(ErrorKind::invalid, path + " is not closed to others", "session");
    return {};
}

void remove_tree(const std::string& path) {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
}

// Removes sessions of users who have not come back, and what an interrupted daemon left.
void remove_old(const WorkersSetting& setting) {
    const auto limit = setting.clock.now() - kKept;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(setting.sessions, ignored)) {
        struct stat there{};
        if (::lstat(entry.path().c_str(), &there) == 0 &&
            contracts::Timestamp(std::chrono::seconds(there.st_mtim.tv_sec)) < limit)
            remove_tree(entry.path());
    }
}

// `fresh` replaces `kept`; the old content is removed afterwards.
Result<void> put_in_place(const std::string& fresh, const std::string& kept) {
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, kept.c_str(), RENAME_EXCHANGE) == 0) {
        remove_tree(fresh);
        return {};
    }
    if (errno != ENOENT || ::rename(fresh.c_str(), kept.c_str()) != 0)
        return fail(system_error(errno, "put " + kept + " in place"));
    return {};
}

}  // namespace

Result<void> keep_session(const WorkersSetting& setting, const WorkerRow& worker,
                          const std::string& session_id) {
    const std::string user = user_of(setting, worker);
    if (user.empty() || !is_session_id(session_id)) return {};
    if (Result<void> made = make_private(setting.sessions); !made) return made;
    if (Result<void> closed = check_private(setting.sessions); !closed) return closed;
    remove_old(setting);
    const std::string kept = setting.sessions + '/' + user;
    const std::string fresh = kept + '.' + worker.id;
    remove_tree(fresh);
    if (Result<void> made = make_private(fresh); !made) return made;
    const Result<int> copied = copy_session_files({.agent_type = worker.config.agent_type,
                                                   .session_id = session_id,
                                                   .from = directories_of(setting, worker.id).home,
                                                   .from_user = uid_of(setting, worker),
                                                   .to = fresh,
                                                   .to_user = ::geteuid(),
                                                   .durable = true});
    Result<void> done;
    if (copied && *copied > 0) done = put_in_place(fresh, kept);
    if (!copied) done = fail(copied.error().context("keep the session of " + worker.id));
    if (!copied || *copied == 0 || !done) remove_tree(fresh);
    return done;
}

Result<void> hand_over_session(const WorkersSetting& setting, const WorkerRow& worker) {
    const std::string user = user_of(setting, worker);
    const std::string session_id = worker.about("session_id");
    if (user.empty() || !is_session_id(session_id)) return {};
    const std::string kept = setting.sessions + '/' + user;
    if (std::error_code error; !std::filesystem::exists(kept, error)) return {};
    for (const std::string& place : {setting.sessions, kept})
        if (Result<void> closed = check_private(place); !closed) return closed;
    const Result<int> copied = copy_session_files({.agent_type = worker.config.agent_type,
                                                   .session_id = session_id,
                                                   .from = kept,
                                                   .from_user = ::geteuid(),
                                                   .from_private = true,
                                                   .to = directories_of(setting, worker.id).home,
                                                   .to_user = uid_of(setting, worker)});
    if (!copied) return fail(copied.error().context("hand over the session of " + user));
    return {};
}

}  // namespace control
