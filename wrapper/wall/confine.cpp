#include "wrapper/wall/confine.h"

#include "wrapper/wall/landlock.h"
#include "wrapper/wall/seccomp_filter.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace wrapper {

namespace {

constexpr long kCloseRange = 436;
constexpr unsigned kCloseRangeCloexec = 4;

constexpr std::string_view kStepNames[] = {
    "descriptors",
    "session",
    "directory",
    "oom_score",
    "core_limit",
    "groups",
    "group",
    "user",
    "no_new_privileges",
    "parent_death_signal",
    "landlock",
    "seccomp",
    "close_descriptors",
    "signals",
    "execute",
};

int check(long result) {
    return result < 0 ? errno : 0;
}

int raise_oom_score() {
    const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY);
    if (fd < 0) return errno;
    const int error = ::write(fd, "1000", 4) == 4 ? 0 : errno;
    ::close(fd);
    return error;
}

int forbid_core_dumps() {
    const rlimit none{0, 0};
    return check(::setrlimit(RLIMIT_CORE, &none));
}

// Raw calls: the C library's versions would synchronise threads, and this process has only one.
int drop_groups() {
    return check(::syscall(SYS_setgroups, 0, nullptr));
}
int become_group(gid_t gid) {
    return check(::syscall(SYS_setresgid, gid, gid, gid));
}
int become_user(uid_t uid) {
    return check(::syscall(SYS_setresuid, uid, uid, uid));
}

// The parent may have died before the signal was requested.
int die_with_parent(pid_t parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
    return ::getppid() == parent ? 0 : ESRCH;
}

// All of ours are close-on-exec already; this is for descriptors that we inherited.
int close_descriptors() {
    if (::syscall(kCloseRange, 3U, ~0U, kCloseRangeCloexec) == 0) return 0;
    // EPERM: the answer of older container runtimes to calls that they do not know.
    if (errno != ENOSYS && errno != EINVAL && errno != EPERM) return errno;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return errno;
    for (int fd = 3; fd < static_cast<int>(limit.rlim_cur); ++fd)
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return 0;
}

}  // namespace

std::string_view to_text(Step step) {
    return kStepNames[static_cast<std::size_t>(step)];
}

Confinement plan_confinement(std::optional<AgentUser> user,
                             const std::vector<std::string>& writable, const contracts::Log& log) {
    Confinement plan;
    plan.user = user;
    if (!user)
        log.warning("the agent runs as our own user",
                    {{"uid", static_cast<std::int64_t>(::geteuid())}});
    plan.raise_oom_score = ::geteuid() == 0;
    plan.seccomp = seccomp_filters_work();
    if (!plan.seccomp) log.warning("no seccomp filter: this kernel has none");
    const int version = landlock_version();
    if (version > 0) plan.landlock = make_landlock_ruleset(version, writable);
    if (!plan.landlock.valid())
        log.warning(
            "no Landlock: the agent can write wherever its user can, including its own "
            "oom_score_adj",
            {{"version", version}, {"reason", std::strerror(errno)}});
    else if (version < kLandlockScopes)
        log.warning("this kernel's Landlock does not restrict signals", {{"version", version}});
    return plan;
}

void share_filter(Confinement& plan) {
    if (plan.seccomp && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        plan.seccomp = install_seccomp_filter() != 0;
}

int confine(const Confinement& plan, pid_t parent, Step& failed) {
    const auto take = [&failed](Step step, int error) {
        failed = step;
        return error;
    };
    if (plan.raise_oom_score)
        if (int error = take(Step::oom_score, raise_oom_score())) return error;
    if (int error = take(Step::core_limit, forbid_core_dumps())) return error;
    if (plan.user) {
        if (int error = take(Step::groups, drop_groups())) return error;
        if (int error = take(Step::group, become_group(plan.user->gid))) return error;
        if (int error = take(Step::user, become_user(plan.user->uid))) return error;
    }
    // After the change of user, which clears it.
    if (int error = take(Step::parent_death_signal, die_with_parent(parent))) return error;
    if (int error = take(Step::no_new_privileges, check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))))
        return error;
    if (int error = take(Step::close_descriptors, close_descriptors())) return error;
    if (plan.landlock.valid())
        if (int error = take(Step::landlock, enter_landlock(plan.landlock.get()))) return error;
    if (plan.seccomp)
        if (int error = take(Step::seccomp, install_seccomp_filter())) return error;
    return 0;
}

contracts::Result<void> guard_own_process() {
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return contracts::fail(contracts::system_error(errno, "prctl PR_SET_DUMPABLE"));
    return {};
}

AsAgent::AsAgent(const std::optional<AgentUser>& user, Extent extent) {
    if (!user) return;
    if (extent == Extent::user_and_group) gid_ = static_cast<gid_t>(::setfsgid(user->gid));
    uid_ = static_cast<uid_t>(::setfsuid(user->uid));
}

AsAgent::~AsAgent() {
    if (uid_) ::setfsuid(*uid_);
    if (gid_) ::setfsgid(*gid_);
    // A change of user may have made us dumpable (fs.suid_dumpable).
    if (uid_) (void)guard_own_process();
}

}  // namespace wrapper
