/* System calls that only an attacker needs, and calls of other architectures. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    kQuotactlFd = 443,
    kMemfdSecret = 447,
    kIoUringSetup = 425,
    kClone3 = 435,
    kX32 = 0x40000000,
};

/* If the call is not filtered, these arguments give another error than a refusal. */
static void call(const struct probe *probe)
{
    static char zeroes[256];
    refused(syscall(probe->number, 0, zeroes, 0, 0, 0, 0));
}

#if defined(__x86_64__)
static void ports(const struct probe *probe)
{
    if (probe->number == SYS_iopl) refused(syscall(SYS_iopl, 3));
    refused(syscall(SYS_ioperm, 0x70, 2, 1));
}
#endif

static void call_minus_one(const struct probe *probe)
{
    refused(syscall(probe->number, -1, 0, 0, 0, 0, 0));
}

static void unshare_it(const struct probe *probe)
{
    refused(unshare((int)probe->number));
}

static void clone_it(const struct probe *probe)
{
    const long child = syscall(SYS_clone, probe->number | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    refused(child);
}

static void clone_third(const struct probe *probe)
{
    uint64_t arguments[11] = {(uint64_t)probe->number, 0, 0, 0, SIGCHLD};
    const long child = syscall(kClone3, arguments, sizeof arguments);
    if (child == 0) _exit(0);
    refused(child);
}

static void enter_namespace(const struct probe *probe)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", probe->text);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) refused_or_missing(-1);
    refused(setns(fd, 0));
}

static void weaken(const struct probe *probe)
{
    refused(personality((unsigned long)probe->number));
}

static void set_clock(const struct probe *probe)
{
    const struct timespec now = {1, 0};
    const struct timeval then = {1, 0};
    struct timex change = {.modes = ADJ_FREQUENCY};
    switch (probe->number) {
    case SYS_clock_settime: refused(clock_settime(CLOCK_REALTIME, &now));
    case SYS_settimeofday: refused(settimeofday(&then, NULL));
    default: refused(adjtimex(&change));
    }
}

static void set_name(const struct probe *probe)
{
    refused(syscall(probe->number, "mine", 4));
}

static void x32(const struct probe *probe)
{
    refused(syscall(kX32 | probe->number, 0, 0, 0, 0, 0, 0));
}

#if defined(__x86_64__)
/* Uses the i386 entry (int 0x80). A kernel without it raises a fault. */
static void on_fault(int number)
{
    (void)number;
    _exit(44);
}

static long by_gate(long number, long first, long second, long third)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static void i386(const struct probe *probe)
{
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, on_fault);
        const long result = by_gate(probe->number, 1, 0, 0);
        _exit(result == -ENOSYS || result == -EPERM ? 42 : 43);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) blocked("killed by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == 42) blocked("ENOSYS");
    if (WEXITSTATUS(status) == 44) blocked("the gate is closed: SIGSEGV");
    succeeded("went through the gate");
}
#endif

struct number { const char *name; long number; };

static const struct number kCalls[] = {
    {"bpf", SYS_bpf}, {"keyctl", SYS_keyctl}, {"add_key", SYS_add_key},
    {"request_key", SYS_request_key}, {"userfaultfd", SYS_userfaultfd},
    {"io_uring_setup", kIoUringSetup}, {"io_uring_enter", kIoUringSetup + 1},
    {"io_uring_register", kIoUringSetup + 2}, {"memfd_secret", kMemfdSecret},
    {"syslog", SYS_syslog}, {"fanotify_init", SYS_fanotify_init}, {"quotactl", SYS_quotactl},
    {"quotactl_fd", kQuotactlFd}, {"acct", SYS_acct}, {"swapon", SYS_swapon},
    {"swapoff", SYS_swapoff}, {"reboot", SYS_reboot}, {"delete_module", SYS_delete_module},
    {"kexec_load", SYS_kexec_load}, {"kexec_file_load", SYS_kexec_file_load},
    {"vhangup", SYS_vhangup}, {"lookup_dcookie", SYS_lookup_dcookie},
    {"open_by_handle_at", SYS_open_by_handle_at}, {"init_module", SYS_init_module},
    {"a call that nobody knows yet: 470", 470}, {"a call that nobody knows yet: 511", 511},
    {"a call that nobody knows yet: 1000", 1000},
#if defined(__x86_64__)
    {"nfsservctl", SYS_nfsservctl}, {"uselib", SYS_uselib},
    {"create_module", SYS_create_module}, {"_sysctl", SYS__sysctl},
#endif
};
static const struct number kNamespaces[] = {
    {"user", CLONE_NEWUSER}, {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID}, {"net", CLONE_NEWNET},
    {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS}, {"cgroup", CLONE_NEWCGROUP},
    {"user+mount", CLONE_NEWUSER | CLONE_NEWNS}, {"user+net", CLONE_NEWUSER | CLONE_NEWNET},
};

void add_kernel_probes(void)
{
    for (size_t i = 0; i < sizeof kCalls / sizeof *kCalls; i++)
        add(kCalls[i].name, call, kCalls[i].number, NULL);
    add("finit_module", call_minus_one, SYS_finit_module, NULL);
    for (size_t i = 0; i < sizeof kNamespaces / sizeof *kNamespaces; i++) {
        add("unshare", unshare_it, kNamespaces[i].number, kNamespaces[i].name);
        add("clone with a new", clone_it, kNamespaces[i].number, kNamespaces[i].name);
        add("clone3 with a new", clone_third, kNamespaces[i].number, kNamespaces[i].name);
    }
    add("unshare", unshare_it, 0x80, "time");
    static const char *const kinds[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        add("setns", enter_namespace, 0, kinds[i]);
    add("personality ADDR_NO_RANDOMIZE", weaken, ADDR_NO_RANDOMIZE, NULL);
    add("personality READ_IMPLIES_EXEC", weaken, READ_IMPLIES_EXEC, NULL);
    add("personality MMAP_PAGE_ZERO", weaken, MMAP_PAGE_ZERO, NULL);
    add("clock_settime", set_clock, SYS_clock_settime, NULL);
    add("settimeofday", set_clock, SYS_settimeofday, NULL);
    add("adjtimex", set_clock, SYS_adjtimex, NULL);
    add("sethostname", set_name, SYS_sethostname, NULL);
    add("setdomainname", set_name, SYS_setdomainname, NULL);
#if defined(__x86_64__)
    add("iopl", ports, SYS_iopl, NULL);
    add("ioperm", ports, SYS_ioperm, NULL);
    add("x32: getpid", x32, SYS_getpid, NULL);
    add("x32: ptrace", x32, 521, NULL);
    add("x32: kexec_load", x32, 528, NULL);
    add("i386: getpid", i386, 20, NULL);
    add("i386: ptrace", i386, 26, NULL);
    add("i386: socketcall", i386, 102, NULL);
    add("i386: mount", i386, 21, NULL);
    add("i386: setuid", i386, 213, NULL);
    add("i386: unshare", i386, 310, NULL);
#endif
}
