#include "control/workers/directories.h"

#include "contracts/base/unique_fd.h"
#include "control/runtime/accounts.h"
#include "control/subprocess/subprocess.h"
#include "control/workers/host_session.h"
#include "control/workers/manifest.h"
#include "control/workers/sessions.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace control {

using contracts::AgentType;
using contracts::system_error;
using contracts::UniqueFd;

namespace {

Result<void> make_directory(const std::string& path, mode_t mode, std::uint32_t uid) {
    if (::mkdir(path.c_str(), mode) != 0) return fail(system_error(errno, "create " + path));
    // Whatever our umask is.
    if (::chmod(path.c_str(), mode) != 0) return fail(system_error(errno, "open up " + path));
    if (::geteuid() == 0 && ::lchown(path.c_str(), uid, uid) != 0)
        return fail(system_error(errno, "give " + path + " to its user"));
    return {};
}

// A new file below a directory that is a fresh clone: an old one of that name is taken away, a link
// is not followed.
Result<void> write_new_file(int directory, const char* name, std::string_view text,
                            std::uint32_t uid) {
    if (::unlinkat(directory, name, 0) != 0 && errno != ENOENT)
        return fail(system_error(errno, std::string("replace ") + name));
    const UniqueFd file(
        ::openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.valid()) return fail(system_error(errno, std::string("create ") + name));
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return fail(system_error(errno, std::string("write ") + name));
    // Whatever our umask is.
    if (::fchmod(file.get(), 0644) != 0)
        return fail(system_error(errno, std::string("open up ") + name));
    if (::geteuid() == 0 && ::fchown(file.get(), uid, uid) != 0)
        return fail(system_error(errno, std::string("give away ") + name));
    return {};
}

Result<UniqueFd> open_directory(const std::string& path) {
    UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory.valid()) return fail(system_error(errno, "open " + path));
    return directory;
}

// The agent's commits shall not carry our instructions.
Result<void> exclude_from_commits(const UniqueFd& workspace, const char* name, std::uint32_t uid) {
    const UniqueFd git(
        ::openat(workspace.get(), ".git", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!git.valid()) return {};
    if (::mkdirat(git.get(), "info", 0755) == 0 && ::geteuid() == 0 &&
        ::fchownat(git.get(), "info", uid, uid, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(system_error(errno, "give away .git/info"));
    const UniqueFd info(
        ::openat(git.get(), "info", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!info.valid()) return fail(system_error(errno, "open .git/info"));
    return write_new_file(info.get(), "exclude", std::string("/") + name + "\n", uid);
}

// Where an agent finds instructions beside those of the project: a directory of its home.
const char* directory_in_home(AgentType type) {
    switch (type) {
        case AgentType::claude:
            return "/.claude";
        case AgentType::factory:
            return "/.factory";
        case AgentType::codex:
            return "/.codex";
        case AgentType::custom:
        case AgentType::acp:
            break;
    }
    return "/.agent";
}

// A project that has such a file of its own keeps it: the agent then finds ours in its home.
Result<void> write_instructions(const WorkerDirectories& places, const WorkerRow& worker,
                                std::uint32_t uid) {
    if (worker.config.instructions.empty()) return {};
    const char* name = worker.config.agent_type == AgentType::claude ? "CLAUDE.md" : "AGENTS.md";
    Result<UniqueFd> workspace = open_directory(places.workspace);
    if (!workspace) return workspace.fault();
    struct stat there{};
    if (::fstatat(workspace->get(), name, &there, AT_SYMLINK_NOFOLLOW) != 0) {
        if (Result<void> written =
                write_new_file(workspace->get(), name, worker.config.instructions, uid);
            !written)
            return written;
        return exclude_from_commits(*workspace, name, uid);
    }
    const std::string path = places.home + directory_in_home(worker.config.agent_type);
    // It is there where a session was handed over or lent.
    if (struct stat known{}; ::lstat(path.c_str(), &known) != 0)
        if (Result<void> made = make_directory(path, 0700, uid); !made) return made;
    Result<UniqueFd> directory = open_directory(path);
    if (!directory) return directory.fault();
    return write_new_file(directory->get(), name, worker.config.instructions, uid);
}

Result<void> write_accounts(const std::string& path, std::uint32_t uid) {
    Result<UniqueFd> directory = open_directory(path);
    if (!directory) return directory.fault();
    const std::uint32_t ours = ::geteuid();
    if (Result<void> written = write_new_file(directory->get(), "passwd", passwd_text(uid), ours);
        !written)
        return written;
    return write_new_file(directory->get(), "group", group_text(uid), ours);
}

}  // namespace

WorkerDirectories directories_of(const WorkersSetting& setting, const std::string& worker_id) {
    const std::string base = setting.directory + '/' + worker_id;
    return {.control = base + "/control",
            .state = base + "/state",
            .home = base + "/home",
            .workspace = base + "/workspace",
            .temporary = base + "/tmp",
            .accounts = base + "/accounts"};
}

std::uint32_t uid_of(const WorkersSetting& setting, const WorkerRow& worker) {
    if (::geteuid() != 0) return ::geteuid();
    return setting.first_uid + static_cast<std::uint32_t>(worker.slot.value_or(0));
}

Result<void> prepare_directories(const WorkersSetting& setting, const WorkerRow& worker) {
    if (Result<void> removed = remove_directories(setting, worker.id); !removed) return removed;
    const std::uint32_t uid = uid_of(setting, worker);
    const std::uint32_t ours = ::geteuid();
    const WorkerDirectories places = directories_of(setting, worker.id);
    const struct {
        const std::string path;
        mode_t mode;
        std::uint32_t owner;
    } wanted[] = {{setting.directory + '/' + worker.id, 0711, ours},
                  {places.control, 0700, ours},
                  {places.state, 0700, ours},
                  {places.home, 0700, uid},
                  {places.workspace, 0700, uid},
                  {places.temporary, 0700, uid},
                  {places.accounts, 0755, ours}};
    for (const auto& one : wanted)
        if (Result<void> made = make_directory(one.path, one.mode, one.owner); !made) return made;
    if (Result<void> written = write_manifest(setting.directory + '/' + worker.id, worker);
        !written)
        return written;
    if (Result<void> written = write_accounts(places.accounts, uid); !written) return written;
    if (const std::string repository = worker.about("repository"); !repository.empty())
        if (Result<void> cloned =
                setting.forge.materialise(repository, worker.about("branch"),
                                          worker.about("workspace_commit"), places.workspace, uid);
            !cloned)
            return cloned;
    // Without it the agent starts without a session and gets a summary of the conversation.
    if (Result<void> handed = hand_over_session(setting, worker); !handed)
        setting.log.warning("a Product Owner's session is not handed over",
                            {{"worker_id", worker.id}, {"error", handed.error().describe()}});
    if (Result<void> lent = lend_host_session(setting, worker); !lent)
        return fail(lent.error().context("host session"));
    return write_instructions(places, worker, uid);
}

bool has_directories(const WorkersSetting& setting, const std::string& worker_id) {
    struct stat there{};
    return ::lstat((setting.directory + '/' + worker_id).c_str(), &there) == 0 || errno != ENOENT;
}

Result<void> remove_directories(const WorkersSetting& setting, const std::string& worker_id) {
    if (!has_directories(setting, worker_id)) return {};
    const std::string path = setting.directory + '/' + worker_id;
    Result<SubprocessEnd> end =
        run_subprocess(SubprocessSpec{.argv = {"rm", "-rf", "--one-file-system", "--", path}});
    if (!end) return end.fault();
    if (!end->success())
        return fail(ErrorKind::transient, "remove " + path + ": " + end->error_output);
    return {};
}

}  // namespace control
