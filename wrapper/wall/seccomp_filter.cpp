#include "wrapper/wall/seccomp_filter.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace wrapper {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kNativeArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kNativeArchitecture = AUDIT_ARCH_AARCH64;
#endif

// Numbers from 424 on are the same on every architecture, and older headers lack them.
constexpr std::uint32_t kOpenTree = 428;
constexpr std::uint32_t kPidfdGetfd = 438;
constexpr std::uint32_t kMountSetattr = 442;
constexpr std::uint32_t kQuotactlFd = 443;
constexpr std::uint32_t kMemfdSecret = 447;
constexpr std::uint32_t kIoUringSetup = 425;
constexpr std::uint32_t kClone3 = 435;
constexpr std::uint32_t kOpenTreeAttr = 467;
// Calls newer than this list (file_setattr was the last one reviewed); x32 calls have higher
// numbers as well.
constexpr std::uint32_t kFirstUnknown = 470;

constexpr std::uint32_t kRefused[] = {
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_lookup_dcookie,
    SYS_kexec_file_load,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    kPidfdGetfd,
    kMountSetattr,
    kQuotactlFd,
    kMemfdSecret,
    kOpenTreeAttr,
};

// The values that programs give to personality(2): PER_LINUX and PER_LINUX32, each with or without
// UNAME26, and the query. The other values switch off what makes attacks on a program hard.
constexpr std::uint32_t kPersonalities[] = {0, 0x0008, 0x20000, 0x20008, 0xffffffff};

constexpr std::uint32_t kNamespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                      CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

constexpr std::size_t kHead = 6;
constexpr std::size_t kTail = 7;
constexpr std::size_t kCloneBlock = kHead + std::size(kRefused) + kTail;
constexpr std::size_t kSocketBlock = kCloneBlock + 2;
constexpr std::size_t kPersonalityBlock = kSocketBlock + 5;
constexpr std::size_t kAnswers = kPersonalityBlock + 2 + std::size(kPersonalities);
constexpr std::size_t kLength = kAnswers + 4;

struct Program {
    sock_filter code[kLength];
};

constexpr sock_filter load(std::size_t offset) {
    return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
constexpr sock_filter answer(std::uint32_t action) {
    return {BPF_RET | BPF_K, 0, 0, action};
}
constexpr sock_filter refuse(int error) {
    return answer(SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
}
// A jump counts the instructions that it skips.
constexpr sock_filter jump(std::uint16_t test, std::uint32_t value, std::size_t yes,
                           std::size_t no) {
    return {static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), static_cast<std::uint8_t>(yes),
            static_cast<std::uint8_t>(no), value};
}

constexpr Program make_program() {
    constexpr std::size_t kFirstArgument = offsetof(seccomp_data, args);
    Program p{};
    std::size_t at = 0;
    auto put = [&](sock_filter instruction) {
        p.code[at++] = instruction;
    };
    // The answers are at the very end; `to` counts the instructions between the next one and
    // `target`.
    constexpr std::size_t kAllow = kAnswers;
    constexpr std::size_t kEperm = kAnswers + 1;
    constexpr std::size_t kEnosys = kAnswers + 2;
    constexpr std::size_t kFamily = kAnswers + 3;
    auto to = [&](std::size_t target) {
        return target - at - 1;
    };

    put(load(offsetof(seccomp_data, arch)));
    put(jump(BPF_JEQ, kNativeArchitecture, 0, to(kEnosys)));
    put(load(offsetof(seccomp_data, nr)));
    put(jump(BPF_JGE, kFirstUnknown, to(kEnosys), 0));
    put(jump(BPF_JEQ, kClone3, to(kEnosys), 0));
    put(jump(BPF_JEQ, SYS_clone, to(kCloneBlock), 0));
    for (const std::uint32_t call : kRefused)
        put(jump(BPF_JEQ, call, to(kEperm), 0));
    // Two ranges: open_tree to fspick, and the three io_uring calls.
    put(jump(BPF_JGE, kOpenTree, 0, 1));
    put(jump(BPF_JGE, kOpenTree + 6, 0, to(kEperm)));
    put(jump(BPF_JGE, kIoUringSetup, 0, 1));
    put(jump(BPF_JGE, kIoUringSetup + 3, 0, to(kEnosys)));
    put(jump(BPF_JEQ, SYS_socket, to(kSocketBlock), 0));
    put(jump(BPF_JEQ, SYS_personality, to(kPersonalityBlock), 0));
    put(answer(SECCOMP_RET_ALLOW));
    put(load(kFirstArgument));  // clone: its flags
    put(jump(BPF_JSET, kNamespaces, to(kEperm), to(kAllow)));
    put(load(kFirstArgument));  // socket: its family
    put(jump(BPF_JEQ, AF_UNIX, to(kAllow), 0));
    put(jump(BPF_JEQ, AF_INET, to(kAllow), 0));
    put(jump(BPF_JEQ, AF_INET6, to(kAllow), 0));
    put(jump(BPF_JEQ, AF_NETLINK, to(kAllow), to(kFamily)));
    put(load(kFirstArgument));  // personality: its value
    for (const std::uint32_t which : kPersonalities)
        put(jump(BPF_JEQ, which, to(kAllow), 0));
    put(refuse(EPERM));
    put(answer(SECCOMP_RET_ALLOW));
    put(refuse(EPERM));
    put(refuse(ENOSYS));
    put(refuse(EAFNOSUPPORT));
    return p;
}

static_assert(kLength < 256, "a jump has eight bits");
constexpr Program kProgram = make_program();

}  // namespace

std::span<const sock_filter> seccomp_program() {
    return kProgram.code;
}

int install_seccomp_filter() {
    sock_fprog program{static_cast<unsigned short>(kLength),
                       const_cast<sock_filter*>(kProgram.code)};
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : errno;
}

// Without a program, a kernel that supports filters refuses the pointer, and one that does not
// refuses the mode.
bool seccomp_filters_work() {
    return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr, 0, 0) != 0 && errno == EFAULT;
}

}  // namespace wrapper
