#include "control/workers/host_session.h"

#include "control/workers/directories.h"
#include "control/workers/lifecycle.h"
#include "control/workers/login_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <mutex>

namespace control {

using namespace contracts;

namespace {

// In the worker's directory: the login as it was lent, or as it was last written back.
constexpr const char* kLent = "lent-login";

Result<UniqueFd> open_top(const std::string& path) {
    UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory.valid()) return fail(system_error(errno, "open " + path));
    return directory;
}

Result<UniqueFd> open_place(const WorkersSetting& setting, const WorkerRow& worker) {
    return open_top(setting.directory + '/' + worker.id);
}

bool is_offered(const WorkersSetting& setting, const std::string& directory) {
    return std::ranges::find(setting.host_sessions, directory) != setting.host_sessions.end();
}

// What the worker's home has; absent: the agent has removed it.
Result<std::optional<std::string>> read_from_home(const WorkersSetting& setting,
                                                  const WorkerRow& worker,
                                                  const LoginPlace& place) {
    Result<UniqueFd> home = open_top(directories_of(setting, worker.id).home);
    if (!home) return home.fault();
    Result<UniqueFd> directory = open_directory_at(*home, place.directory);
    if (!directory) return std::nullopt;
    Result<std::string> text = read_login(*directory, place.file, uid_of(setting, worker));
    if (text) return std::optional(std::move(*text));
    if (text.error().kind == ErrorKind::not_found) return std::nullopt;
    return text.fault();
}

Result<bool> write_back(const WorkersSetting& setting, const WorkerRow& worker) {
    const LoginPlace place = *place_of_login(worker.config.agent_type);
    Result<UniqueFd> ours = open_place(setting, worker);
    if (!ours) return false;  // nothing was made yet, or all is removed
    Result<std::string> lent = read_login(*ours, kLent, ::geteuid());
    if (!lent && lent.error().kind == ErrorKind::not_found) return false;
    if (!lent) return lent.fault();
    Result<std::optional<std::string>> now = read_from_home(setting, worker, place);
    if (!now) return now.fault();
    if (!*now || **now == *lent) return false;
    if (Result<void> sound = check_refreshed(**now, *lent); !sound) return sound.fault();
    Result<LoginFile> login = open_login(*worker.config.host_claude_dir, place);
    if (!login) return login.fault();
    if (login->text != *lent && login->text != **now)
        return fail(ErrorKind::conflict, "somebody else has changed the lent login meanwhile");
    if (Result<void> replaced = replace_login(login->directory, place.file, **now,
                                              login->file.st_uid, login->file.st_gid);
        !replaced)
        return replaced.fault();
    // From here on this is the login that was lent.
    if (Result<void> noted = replace_login(*ours, kLent, **now, ::geteuid(), ::getegid()); !noted)
        return noted.fault();
    return true;
}

Result<void> put_in_home(const std::string& home, const LoginPlace& place, std::string_view text,
                         std::uint32_t uid) {
    Result<UniqueFd> top = open_top(home);
    if (!top) return top.fault();
    if (::mkdirat(top->get(), place.directory, 0700) != 0 && errno != EEXIST)
        return fail(system_error(errno, std::string("create ") + place.directory));
    Result<UniqueFd> directory = open_directory_at(*top, place.directory);
    if (!directory) return directory.fault();
    if (::fchmod(directory->get(), 0700) != 0 ||
        (::geteuid() == 0 && ::fchown(directory->get(), uid, uid) != 0))
        return fail(system_error(errno, std::string("give away ") + place.directory));
    return write_login(*directory, place.file, text, uid, uid);
}

}  // namespace

Result<void> choose_host_session(const WorkersSetting& setting, WorkerConfig& config) {
    constexpr std::string_view kField = "config.host_claude_dir";
    const std::optional<LoginPlace> place = place_of_login(config.agent_type);
    if (!place)
        return fail(ErrorKind::invalid,
                    "host_session is for the agents claude and codex, not for " +
                        std::string(to_text(config.agent_type)),
                    "config.auth_mode", "use api_key");
    if (setting.host_sessions.empty())
        return fail(ErrorKind::invalid, "this daemon lends no session", "config.auth_mode",
                    "use api_key, or let the administrator set HOST_SESSION_DIRS");
    std::optional<std::string>& chosen = config.host_claude_dir;
    if (!chosen) {
        const auto usable = std::ranges::find_if(
            setting.host_sessions,
            [&](const std::string& path) { return open_login(path, *place).has_value(); });
        chosen = usable == setting.host_sessions.end() ? setting.host_sessions.front() : *usable;
    }
    while (chosen->size() > 1 && chosen->ends_with('/'))
        chosen->pop_back();
    if (!is_offered(setting, *chosen))
        return fail(ErrorKind::invalid, "is not a directory whose session this daemon lends",
                    kField, "name one of HOST_SESSION_DIRS");
    Result<LoginFile> login = open_login(*chosen, *place);
    if (login) return {};
    Error why = login.error();
    why.kind = ErrorKind::invalid;
    why.field = kField;
    return fail(std::move(why));
}

bool has_host_session(const WorkerRow& worker) {
    return worker.config.auth_mode == AuthMode::host_session && worker.config.host_claude_dir &&
           place_of_login(worker.config.agent_type);
}

bool share_host_session(const WorkerRow& one, const WorkerRow& other) {
    return has_host_session(one) && has_host_session(other) &&
           one.config.host_claude_dir == other.config.host_claude_dir;
}

bool can_lend_host_session(const WorkersSetting& setting, const WorkerRow& worker) {
    return !has_host_session(worker) || is_offered(setting, *worker.config.host_claude_dir);
}

Result<void> lend_host_session(const WorkersSetting& setting, const WorkerRow& worker) {
    if (!has_host_session(worker)) return {};
    const std::string& from = *worker.config.host_claude_dir;
    if (!is_offered(setting, from))
        return fail(ErrorKind::permission, "this daemon does not lend the session in " + from);
    const LoginPlace place = *place_of_login(worker.config.agent_type);
    Result<LoginFile> login = open_login(from, place);
    if (!login) return login.fault();
    Result<UniqueFd> ours = open_place(setting, worker);
    if (!ours) return ours.fault();
    if (Result<void> kept = write_login(*ours, kLent, login->text, ::geteuid(), ::getegid()); !kept)
        return kept;
    if (Result<void> put = put_in_home(directories_of(setting, worker.id).home, place, login->text,
                                       uid_of(setting, worker));
        !put)
        return put;
    log_of(setting, worker)
        .warning("a worker's agent gets the login of this machine", {{"directory", from}});
    return {};
}

Result<bool> return_host_session(const WorkersSetting& setting, const WorkerRow& worker) {
    if (!has_host_session(worker)) return false;
    // The periodic one may coincide with the worker's end.
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    return write_back(setting, worker);
}

void try_return_host_session(const WorkersSetting& setting, const WorkerRow& worker) {
    const Result<bool> returned = return_host_session(setting, worker);
    if (!returned)
        log_of(setting, worker)
            .warning("a lent login is not written back",
                     {{"directory", worker.config.host_claude_dir.value_or("")},
                      {"error", returned.error().describe()}});
    else if (*returned)
        log_of(setting, worker)
            .info("a refreshed login was written back",
                  {{"directory", *worker.config.host_claude_dir}});
}

}  // namespace control
