#include "wrapper/process/reaper.h"

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>

namespace wrapper {

contracts::Result<void> Reaper::adopt_orphans() {
    if (::getpid() != 1 && ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return contracts::fail(contracts::system_error(errno, "prctl PR_SET_CHILD_SUBREAPER"));
    return {};
}

std::optional<Death> Reaper::next() {
    Death death{};
    do {
        death.pid = ::wait4(-1, &death.status, WNOHANG | __WALL, &death.usage);
    } while (death.pid < 0 && errno == EINTR);
    childless_ = death.pid < 0 && errno == ECHILD;
    if (death.pid <= 0) return std::nullopt;
    return death;
}

contracts::Result<Signals> Signals::block_all() {
    sigset_t set;
    ::sigfillset(&set);
    // A fault of ours must end us, not wait to be read.
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS})
        ::sigdelset(&set, fault);
    if (::sigprocmask(SIG_SETMASK, &set, nullptr) != 0)
        return contracts::fail(contracts::system_error(errno, "block signals"));
    Signals signals;
    signals.fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals.fd_.valid()) return contracts::fail(contracts::system_error(errno, "signalfd"));
    return signals;
}

int Signals::next() {
    signalfd_siginfo info;
    if (::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return 0;
    return static_cast<int>(info.ssi_signo);
}

}  // namespace wrapper
