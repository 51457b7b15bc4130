// Interprets the filter's program as the kernel would: its verdict for each system call number, by
// the kernel's own tables and not by the headers that the filter was compiled with. This also works
// where filters cannot be installed, and for every architecture that it is compiled for.
#include "wrapper/wall/seccomp_filter.h"

#include <catch2/catch_test_macros.hpp>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>

using namespace wrapper;

namespace {

constexpr std::uint32_t kX86 = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kArm = AUDIT_ARCH_AARCH64;
#if defined(__x86_64__)
constexpr bool kOnArm = false;
#elif defined(__aarch64__)
constexpr bool kOnArm = true;
#endif
constexpr std::uint32_t kHere = kOnArm ? kArm : kX86;

struct Call {
    const char* name;
    int x86_64;
    int aarch64;
    [[nodiscard]] int number() const { return kOnArm ? aarch64 : x86_64; }
};

constexpr Call kRefused[] = {
    {"mount", 165, 40},
    {"umount2", 166, 39},
    {"pivot_root", 155, 41},
    {"chroot", 161, 51},
    {"unshare", 272, 97},
    {"setns", 308, 268},
    {"bpf", 321, 280},
    {"perf_event_open", 298, 241},
    {"userfaultfd", 323, 282},
    {"add_key", 248, 217},
    {"request_key", 249, 218},
    {"keyctl", 250, 219},
    {"kexec_load", 246, 104},
    {"kexec_file_load", 320, 294},
    {"init_module", 175, 105},
    {"finit_module", 313, 273},
    {"delete_module", 176, 106},
    {"reboot", 169, 142},
    {"swapon", 167, 224},
    {"swapoff", 168, 225},
    {"acct", 163, 89},
    {"quotactl", 179, 60},
    {"syslog", 103, 116},
    {"open_by_handle_at", 304, 265},
    {"fanotify_init", 300, 262},
    {"lookup_dcookie", 212, 18},
    {"process_vm_readv", 310, 270},
    {"process_vm_writev", 311, 271},
    {"kcmp", 312, 272},
    {"open_tree", 428, 428},
    {"move_mount", 429, 429},
    {"fsopen", 430, 430},
    {"fsconfig", 431, 431},
    {"fsmount", 432, 432},
    {"fspick", 433, 433},
    {"pidfd_getfd", 438, 438},
    {"mount_setattr", 442, 442},
    {"quotactl_fd", 443, 443},
    {"memfd_secret", 447, 447},
    {"open_tree_attr", 467, 467},
};
constexpr Call kNotThere[] = {
    {"io_uring_setup", 425, 425},
    {"io_uring_enter", 426, 426},
    {"io_uring_register", 427, 427},
    {"clone3", 435, 435},
};
constexpr Call kNeeded[] = {
    {"read", 0, 63},
    {"write", 1, 64},
    {"openat", 257, 56},
    {"mmap", 9, 222},
    {"execve", 59, 221},
    {"exit_group", 231, 94},
    {"wait4", 61, 260},
    {"kill", 62, 129},
    {"futex", 202, 98},
    {"prctl", 157, 167},
    {"connect", 42, 203},
    {"accept4", 288, 242},
    {"ppoll", 271, 73},
    {"getrandom", 318, 278},
    {"pidfd_open", 434, 434},
    {"close_range", 436, 436},
    {"landlock_restrict_self", 446, 446},
};
constexpr Call kClone{"clone", 56, 220};
constexpr Call kSocket{"socket", 41, 198};
constexpr Call kPersonality{"personality", 135, 92};
constexpr int kFirstUnknown = 470;

// An instruction that is not known here is a fault of the filter.
std::uint32_t answer(std::uint32_t architecture, std::int64_t number, std::uint64_t first = 0) {
    seccomp_data call{};
    call.arch = architecture;
    call.nr = static_cast<int>(number);
    call.args[0] = first;
    const auto program = seccomp_program();
    std::uint32_t accumulator = 0;
    for (std::size_t at = 0; at < program.size(); ++at) {
        const sock_filter& instruction = program[at];
        const auto branch = [&](bool yes) {
            at += yes ? instruction.jt : instruction.jf;
        };
        switch (instruction.code) {
            case BPF_LD | BPF_W | BPF_ABS:
                if (instruction.k % 4 != 0 || instruction.k + 4 > sizeof call)
                    throw std::runtime_error("reads beyond the call's data");
                std::memcpy(&accumulator, reinterpret_cast<const char*>(&call) + instruction.k, 4);
                break;
            case BPF_JMP | BPF_JEQ | BPF_K:
                branch(accumulator == instruction.k);
                break;
            case BPF_JMP | BPF_JGE | BPF_K:
                branch(accumulator >= instruction.k);
                break;
            case BPF_JMP | BPF_JSET | BPF_K:
                branch((accumulator & instruction.k) != 0);
                break;
            case BPF_RET | BPF_K:
                return instruction.k;
            default:
                throw std::runtime_error("unknown instruction at " + std::to_string(at));
        }
    }
    throw std::runtime_error("runs off its end");
}

constexpr std::uint32_t refused(int error) {
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

}  // namespace

TEST_CASE("the filter answers for every number as its list says, and lets all others through") {
    std::map<int, std::pair<const char*, std::uint32_t>> wanted;
    for (const Call& call : kRefused)
        wanted[call.number()] = {call.name, refused(EPERM)};
    for (const Call& call : kNotThere)
        wanted[call.number()] = {call.name, refused(ENOSYS)};
    wanted[kSocket.number()] = {kSocket.name,
                                refused(EAFNOSUPPORT)};  // AF_UNSPEC, with no argument
    REQUIRE(wanted.size() == std::size(kRefused) + std::size(kNotThere) + 1);
    for (int number = 0; number < kFirstUnknown; ++number) {
        const auto found = wanted.find(number);
        INFO(number << " " << (found == wanted.end() ? "" : found->second.first));
        CHECK(answer(kHere, number) ==
              (found == wanted.end() ? SECCOMP_RET_ALLOW : found->second.second));
    }
    for (const Call& call : kNeeded) {
        INFO(call.name);
        CHECK(answer(kHere, call.number()) == SECCOMP_RET_ALLOW);
    }
}

TEST_CASE("numbers beyond the list are not there, negative ones and x32 ones neither") {
    for (const std::int64_t number : {470L, 471L, 511L, 0x3fff'ffffL, 0x4000'0000L | 59, -1L})
        CHECK(answer(kHere, number) == refused(ENOSYS));
}

TEST_CASE("no call of another architecture is there, whatever its number") {
    for (const std::uint32_t other :
         {kOnArm ? kX86 : kArm, std::uint32_t{AUDIT_ARCH_I386}, std::uint32_t{AUDIT_ARCH_ARM}, 0U})
        for (int number = 0; number < 512; ++number)
            REQUIRE(answer(other, number) == refused(ENOSYS));
}

TEST_CASE("clone makes processes and threads, and no namespace") {
    const auto cloned = [](std::uint64_t flags) {
        return answer(kHere, kClone.number(), flags);
    };
    CHECK(cloned(SIGCHLD) == SECCOMP_RET_ALLOW);
    CHECK(cloned(CLONE_VM | CLONE_VFORK | SIGCHLD) == SECCOMP_RET_ALLOW);
    CHECK(cloned(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                 CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID) == SECCOMP_RET_ALLOW);
    for (const std::uint64_t space : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET,
                                      CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP})
        CHECK(cloned(space | SIGCHLD) == refused(EPERM));
}

TEST_CASE("sockets are of four families") {
    constexpr int kUnix = 1, kInet = 2, kInet6 = 10, kNetlink = 16;
    for (int family = 0; family < 64; ++family) {
        const bool open =
            family == kUnix || family == kInet || family == kInet6 || family == kNetlink;
        INFO(family);
        CHECK(answer(kHere, kSocket.number(), static_cast<std::uint64_t>(family)) ==
              (open ? SECCOMP_RET_ALLOW : refused(EAFNOSUPPORT)));
    }
}

TEST_CASE("personalities that weaken are refused, by their number here") {
    for (const std::uint64_t which : {0ULL, 0x0008ULL, 0x20000ULL, 0x20008ULL, 0xffff'ffffULL})
        CHECK(answer(kHere, kPersonality.number(), which) == SECCOMP_RET_ALLOW);
    for (const std::uint64_t which : {0x0040000ULL, 0x0100000ULL, 0x0400000ULL, 0x0200000ULL})
        CHECK(answer(kHere, kPersonality.number(), which) == refused(EPERM));
}
