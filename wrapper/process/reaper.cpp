#include "wrapper/process/reaper.h"

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <utility>

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
    // A fault in this process must end it, not wait to be read.
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS})
        ::sigdelset(&set, fault);
    if (::sigprocmask(SIG_SETMASK, &set, nullptr) != 0)
        return contracts::fail(contracts::system_error(errno, "block signals"));
    // The agent would inherit signals that are ignored in this process.
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        ::sigaction(signal, &standard, nullptr);  // refuses KILL and STOP, which need none
    Signals signals;
    signals.fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signals.fd_.valid()) return contracts::fail(contracts::system_error(errno, "signalfd"));
    return signals;
}

int Signals::next() {
    if (given_ == count_ && !std::exchange(drained_, false)) {
        signalfd_siginfo infos[kAtOnce];
        const ssize_t size = ::read(fd_.get(), infos, sizeof infos);
        given_ = 0;
        count_ = size > 0 ? static_cast<std::size_t>(size) / sizeof infos[0] : 0;
        drained_ = count_ > 0 && count_ < kAtOnce;
        for (std::size_t i = 0; i < count_; ++i)
            read_[i] = static_cast<int>(infos[i].ssi_signo);
    }
    return given_ < count_ ? read_[given_++] : 0;
}

}  // namespace wrapper
