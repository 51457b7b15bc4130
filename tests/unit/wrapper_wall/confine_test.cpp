// The wall on kernels that lack a part of it: the missing part is logged, the others hold.
#include "wrapper/wall/confine.h"

#include "tests/support/temporary_directory.h"
#include "wrapper/wall/landlock.h"
#include "wrapper/wall/seccomp_filter.h"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>

using namespace wrapper;

namespace {

constexpr long kLandlockCreateRuleset = 444;

class Lines final : public contracts::LogSink {
public:
    explicit Lines(std::string& text) : text_(text) {}
    void write(contracts::LogLevel, std::string_view line) override {
        text_.append(line).append("\n");
    }

private:
    std::string& text_;
};

// Runs `work` in a child process, which it may change for good, and returns its result.
std::string in_a_child(const std::function<std::string()>& work) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const std::string text = work();
        const ssize_t told = ::write(ends[1], text.data(), text.size());
        ::_exit(told == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string text;
    char bytes[4096];
    for (ssize_t count = 1; count > 0;) {
        count = ::read(ends[0], bytes, sizeof bytes);
        if (count > 0) text.append(bytes, static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CAPTURE(text);
    REQUIRE(status == 0);
    return text;
}

// Makes `call`, if its first argument is `first` (negative: whatever it is), fail with `error`, as
// on a kernel without the call.
void take_away(long call, long first, int error) {
    sock_filter code[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, static_cast<std::uint32_t>(call)},
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, args)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(first < 0 ? 0 : 1),
         static_cast<std::uint32_t>(first)},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const sock_fprog program{std::size(code), code};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
        ::_exit(2);
}

// Sets up the wall that this kernel allows; returns the log and what is then possible.
std::string wall_and_log(const std::string& writable, const std::string& elsewhere) {
    std::string text;
    const contracts::Log log(std::make_shared<Lines>(text), contracts::LogLevel::debug,
                             contracts::LogFormat::json, "test");
    Confinement plan = plan_confinement({}, {writable}, log);
    plan.raise_oom_score = false;
    Step failed{};
    if (const int error = confine(plan, ::getppid(), failed))
        return text + "failed at " + std::string(to_text(failed)) + ": " + std::to_string(error);
    const auto can_write = [](const std::string& directory) {
        return ::open((directory + "/new").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
    };
    text.append("inside=").append(can_write(writable) ? "open" : "closed");
    text.append(" outside=").append(can_write(elsewhere) ? "open" : "closed");
    text.append(" unshare=").append(::unshare(CLONE_NEWUTS) == 0 ? "open" : std::to_string(errno));
    return text;
}

bool says(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

// The errno of one call with our filter in place; 0 if it succeeded.
int behind_the_filter(const std::function<long()>& call) {
    return std::stoi(in_a_child([&] {
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || install_seccomp_filter() != 0)
            return std::string("-1");
        return std::to_string(call() < 0 ? errno : 0);
    }));
}

}  // namespace

TEST_CASE("a kernel with everything: nothing is missed, and both layers hold") {
    if (landlock_version() < kLandlockScopes) SKIP("this kernel lacks some of it");
    const tests::TemporaryDirectory in, out;
    const std::string seen = in_a_child([&] { return wall_and_log(in.text(), out.text()); });
    CAPTURE(seen);
    CHECK_FALSE(says(seen, "no Landlock"));
    CHECK_FALSE(says(seen, "no seccomp"));
    CHECK(says(seen, "inside=open outside=closed unshare=" + std::to_string(EPERM)));
}

TEST_CASE("a kernel without Landlock is told of, and the filter stands alone") {
    const tests::TemporaryDirectory in, out;
    const std::string seen = in_a_child([&] {
        take_away(kLandlockCreateRuleset, -1, ENOSYS);
        return wall_and_log(in.text(), out.text());
    });
    CAPTURE(seen);
    CHECK(says(seen, "no Landlock"));
    CHECK(says(seen, "Function not implemented"));
    CHECK(says(seen, "inside=open outside=open unshare=" + std::to_string(EPERM)));
}

TEST_CASE("a kernel without seccomp filters is told of, and Landlock stands alone") {
    if (landlock_version() == 0) SKIP("this kernel has no Landlock");
    const tests::TemporaryDirectory in, out;
    const std::string seen = in_a_child([&] {
        take_away(SYS_prctl, PR_SET_SECCOMP, EINVAL);
        return wall_and_log(in.text(), out.text());
    });
    CAPTURE(seen);
    CHECK(says(seen, "no seccomp filter"));
    CHECK(says(seen, "inside=open outside=closed"));
}

// On a machine that lacks both anyway (an emulator), this tests the real kernel.
TEST_CASE("a kernel with neither is told of both, and the agent is started") {
    const tests::TemporaryDirectory in, out;
    const std::string seen = in_a_child([&] {
        if (landlock_version() != 0) take_away(kLandlockCreateRuleset, -1, ENOSYS);
        if (seccomp_filters_work()) take_away(SYS_prctl, PR_SET_SECCOMP, EINVAL);
        return wall_and_log(in.text(), out.text());
    });
    CAPTURE(seen);
    CHECK(says(seen, "no Landlock"));
    CHECK(says(seen, "no seccomp filter"));
    CHECK(says(seen, "inside=open outside=open"));
}

TEST_CASE("mounts by any of their calls, quotas by descriptor: refused") {
    for (const long call :
         {long{SYS_mount}, 428L, 429L, 430L, 431L, 432L, 433L, 442L, 443L, 467L}) {
        CAPTURE(call);
        CHECK(behind_the_filter([call] { return ::syscall(call, -1, 0, 0, 0, 0); }) == EPERM);
    }
}

TEST_CASE("a call that is newer than the filter is not there, nor is one of another architecture") {
    for (const long call : {470L, 600L, 0x4000'0000L | SYS_getpid}) {
        CAPTURE(call);
        CHECK(behind_the_filter([call] { return ::syscall(call, 0, 0, 0); }) == ENOSYS);
    }
}

TEST_CASE("a new namespace is refused by whatever call") {
    for (const int kind : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC,
                           CLONE_NEWUTS, CLONE_NEWCGROUP}) {
        CAPTURE(kind);
        CHECK(behind_the_filter(
                  [kind] { return ::syscall(SYS_clone, kind | SIGCHLD, 0, 0, 0, 0); }) == EPERM);
        CHECK(behind_the_filter([kind] { return ::syscall(SYS_unshare, kind); }) == EPERM);
    }
    CHECK(behind_the_filter([] { return ::syscall(SYS_clone3, nullptr, 0); }) == ENOSYS);
    CHECK(behind_the_filter([] {
              const long child = ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
              if (child == 0) ::_exit(0);
              return child;
          }) == 0);
}

TEST_CASE("a personality that makes programs weaker is refused, the usual ones are not") {
    for (const unsigned long which : {0x0040000UL, 0x0400000UL, 0x0100000UL})
        CHECK(behind_the_filter([which] { return ::personality(which); }) == EPERM);
    for (const unsigned long which : {0UL, 0xffffffffUL})
        CHECK(behind_the_filter([which] { return ::personality(which); }) == 0);
}
