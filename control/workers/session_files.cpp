#include "control/workers/session_files.h"

#include "contracts/base/unique_fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>
#include <vector>

namespace control {

using contracts::AgentType;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

constexpr int kMostEntries = 10'000;  // entries to read at most
constexpr int kDeepest = 5;           // levels of directories below the one of sessions

// A directory that is created when the first file is copied into it.
struct Target {
    Target* parent = nullptr;
    std::string name{};
    UniqueFd opened{};
};

struct Copying {
    const SessionCopy& wanted;
    int files = 0;
    int entries = 0;
    std::int64_t bytes = 0;
};

// The directory of an agent's sessions in its home; empty if the agent does not keep them in files
// that we know.
std::vector<std::string> place_of_sessions(AgentType type) {
    switch (type) {
        case AgentType::claude:
            return {".claude", "projects"};
        case AgentType::codex:
            return {".codex", "sessions"};
        case AgentType::factory:
            return {".factory", "sessions"};
        case AgentType::custom:
        case AgentType::acp:
            break;
    }
    return {};
}

Result<void> give(const SessionCopy& wanted, int fd, const std::string& name) {
    if (::geteuid() == 0 && ::fchown(fd, wanted.to_user, wanted.to_user) != 0)
        return fail(system_error(errno, "give away " + name));
    return {};
}

Result<int> open_target(const SessionCopy& wanted, Target& target) {
    if (target.opened.valid()) return target.opened.get();
    Result<int> parent = open_target(wanted, *target.parent);
    if (!parent) return parent;
    if (::mkdirat(*parent, target.name.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(system_error(errno, "create " + target.name));
    target.opened = UniqueFd(
        ::openat(*parent, target.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!target.opened.valid()) return fail(system_error(errno, "open " + target.name));
    if (Result<void> given = give(wanted, target.opened.get(), target.name); !given)
        return given.fault();
    return target.opened.get();
}

// Only their user has written them, and nobody else could have.
bool is_trusted(const SessionCopy& wanted, const struct stat& there) {
    return there.st_uid == wanted.from_user &&
           (!wanted.from_private || (there.st_mode & 0077U) == 0);
}

Result<void> copy_bytes(Copying& copying, int from, int to) {
    std::vector<char> part(256 << 10);
    while (true) {
        const ssize_t got = ::read(from, part.data(), part.size());
        if (got < 0) return fail(system_error(errno, "read"));
        if (got == 0) return {};
        copying.bytes += got;
        if (copying.bytes > kLargestSession)
            return fail(ErrorKind::invalid, "it has more than 32 MiB", "session");
        if (::write(to, part.data(), static_cast<std::size_t>(got)) != got)
            return fail(system_error(errno, "write"));
    }
}

Result<void> copy_file(Copying& copying, int from, Target& to, const std::string& name) {
    const UniqueFd source(
        ::openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!source.valid()) return fail(system_error(errno, "open " + name));
    struct stat there{};
    if (::fstat(source.get(), &there) != 0) return fail(system_error(errno, "look at " + name));
    if (!S_ISREG(there.st_mode) || there.st_nlink != 1 || !is_trusted(copying.wanted, there))
        return {};
    if (++copying.files > kMostSessionFiles)
        return fail(ErrorKind::invalid, "it has more than 16 files", "session");
    Result<int> directory = open_target(copying.wanted, to);
    if (!directory) return directory.fault();
    const UniqueFd made(::openat(*directory, name.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made.valid()) return fail(system_error(errno, "create " + name));
    if (Result<void> copied = copy_bytes(copying, source.get(), made.get()); !copied)
        return fail(std::move(copied.error()).context(name));
    if (copying.wanted.durable && ::fdatasync(made.get()) != 0)
        return fail(system_error(errno, "write " + name + " to the disk"));
    return give(copying.wanted, made.get(), name);
}

Result<void> copy_level(Copying& copying, UniqueFd from, Target& to, int depth) {
    const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(from.get()), ::closedir);
    if (!list) return fail(system_error(errno, "list " + to.name));
    const int directory = from.release();  // the list owns it now
    while (const dirent* entry = ::readdir(list.get())) {
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (++copying.entries > kMostEntries)
            return fail(ErrorKind::invalid, "there are too many files beside it", "session");
        struct stat there{};
        if (::fstatat(directory, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) continue;
        Result<void> done;
        if (S_ISDIR(there.st_mode) && depth > 0 && is_trusted(copying.wanted, there)) {
            UniqueFd inner(
                ::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            Target target{&to, name};
            if (inner.valid()) done = copy_level(copying, std::move(inner), target, depth - 1);
        } else if (S_ISREG(there.st_mode) &&
                   name.find(copying.wanted.session_id) != std::string::npos) {
            done = copy_file(copying, directory, to, name);
        }
        if (!done) return done;
    }
    return {};
}

// Descends to the directory of sessions, level by level; a missing one is not a failure.
Result<void> copy_below(Copying& copying, UniqueFd from, Target& to,
                        std::span<const std::string> path) {
    if (path.empty()) return copy_level(copying, std::move(from), to, kDeepest);
    UniqueFd inner(::openat(from.get(), path.front().c_str(),
                            O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat there{};
    if (!inner.valid() || ::fstat(inner.get(), &there) != 0 || !is_trusted(copying.wanted, there))
        return {};
    Target target{&to, path.front()};
    return copy_below(copying, std::move(inner), target, path.subspan(1));
}

}  // namespace

bool is_session_id(std::string_view id) {
    return id.size() >= 8 && id.size() <= 128 && std::ranges::all_of(id, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
           });
}

Result<int> copy_session_files(const SessionCopy& copy) {
    const std::vector<std::string> place = place_of_sessions(copy.agent_type);
    if (place.empty() || !is_session_id(copy.session_id)) return 0;
    constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    UniqueFd from(::open(copy.from.c_str(), kDirectory));
    if (!from.valid()) return fail(system_error(errno, "open " + copy.from));
    Target to{.name = copy.to, .opened = UniqueFd(::open(copy.to.c_str(), kDirectory))};
    if (!to.opened.valid()) return fail(system_error(errno, "open " + copy.to));
    Copying copying{.wanted = copy};
    if (Result<void> copied = copy_below(copying, std::move(from), to, place); !copied)
        return copied.fault();
    return copying.files;
}

}  // namespace control
