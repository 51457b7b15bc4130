/* PID 1 as the target of calls: signals, tracing, memory, limits, scheduling. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define kTarget wrapper_pid()

static int pidfd_of_target(void)
{
    return (int)syscall(SYS_pidfd_open, kTarget, 0);
}

/* Tries every call that sends signals; the first success ends the probe. */
static void send_signal(const struct probe *probe)
{
    const int number = (int)probe->number;
    siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
    if (kill(kTarget, number) == 0) succeeded("kill");
    if (errno != EPERM) succeeded("kill: %s", strerrorname_np(errno));
    if (syscall(SYS_tkill, kTarget, number) == 0) succeeded("tkill");
    if (syscall(SYS_tgkill, kTarget, kTarget, number) == 0) succeeded("tgkill");
    if (syscall(SYS_rt_sigqueueinfo, kTarget, number, &info) == 0) succeeded("rt_sigqueueinfo");
    if (syscall(SYS_rt_tgsigqueueinfo, kTarget, kTarget, number, &info) == 0)
        succeeded("rt_tgsigqueueinfo");
    const int pidfd = pidfd_of_target();
    if (pidfd >= 0 && syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) == 0)
        succeeded("pidfd_send_signal");
    blocked("kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal");
}

void add_signal_probes(void)
{
    static char text[65][8];
    for (long number = 0; number <= 64; number++) {
        snprintf(text[number], sizeof text[number], "%ld", number);
        add("signal to PID 1:", send_signal, number, text[number]);
    }
}

/* An owner of a descriptor gets SIGIO when there is something to read. */
static void signal_by_owner(const struct probe *probe)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) refused(-1);
    struct f_owner_ex owner = {F_OWNER_PID, kTarget};
    fcntl(ends[0], F_SETSIG, (int)probe->number);
    if (fcntl(ends[0], F_SETOWN_EX, &owner) != 0) refused(-1);
    fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK);
    if (write(ends[1], "x", 1) != 1) refused(-1);
    if (wrapper_answers() < 0) succeeded("the wrapper no longer answers");
    harmless("may be asked for; the kernel sends nothing to another user's process");
}

static void ptrace_it(const struct probe *probe)
{
    refused(ptrace((enum __ptrace_request)probe->number, kTarget, 0, 0));
}

static void move_memory(const struct probe *probe)
{
    char bytes[64] = {0};
    struct iovec here = {bytes, sizeof bytes}, there = {(void *)0x400000, sizeof bytes};
    refused(syscall(probe->number, kTarget, &here, 1, &there, 1, 0));
}

static void by_pidfd(const struct probe *probe)
{
    const int pidfd = pidfd_of_target();
    if (pidfd < 0) refused(-1);
    struct iovec range = {(void *)0x400000, 4096};
    switch (probe->number) {
    case SYS_process_madvise: refused(syscall(SYS_process_madvise, pidfd, &range, 1, 4, 0));
    case SYS_setns: refused(syscall(SYS_setns, pidfd, CLONE_NEWNET));
    case SYS_pidfd_getfd: refused(syscall(SYS_pidfd_getfd, pidfd, 2, 0));
    case SYS_process_mrelease: {
        const long result = syscall(SYS_process_mrelease, pidfd, 0);
        if (result < 0 && errno == EINVAL) blocked("EINVAL: only of a process that dies already");
        refused(result);
    }
    default: harmless("names it, and nothing can be done with the name");
    }
}

static void wait_for_it(const struct probe *probe)
{
    (void)probe;
    siginfo_t info;
    const long result = waitid(P_PID, kTarget, &info, WEXITED | WNOHANG);
    if (result < 0 && errno == ECHILD) blocked("ECHILD");
    refused(result);
}

static void compare(const struct probe *probe)
{
    (void)probe;
    refused(syscall(SYS_kcmp, getpid(), kTarget, 0, 1, 2));
}

static void robust_list(const struct probe *probe)
{
    (void)probe;
    void *head;
    size_t size;
    refused(syscall(SYS_get_robust_list, kTarget, &head, &size));
}

static void move_pages(const struct probe *probe)
{
    (void)probe;
    void *page = (void *)0x400000;
    int status;
    refused(syscall(SYS_move_pages, kTarget, 1L, &page, NULL, &status, 0));
}

static void migrate_pages(const struct probe *probe)
{
    (void)probe;
    unsigned long from = 1, to = 1;
    refused(syscall(SYS_migrate_pages, kTarget, 8L, &from, &to));
}

static void set_limit(const struct probe *probe)
{
    const struct rlimit none = {0, 0};
    refused(syscall(SYS_prlimit64, kTarget, (int)probe->number, &none, NULL));
}

static void read_limit(const struct probe *probe)
{
    struct rlimit limit;
    refused(syscall(SYS_prlimit64, kTarget, (int)probe->number, NULL, &limit));
}

static void set_scheduler(const struct probe *probe)
{
    const struct sched_param zero = {0};
    refused(sched_setscheduler(kTarget, (int)probe->number, &zero));
}

static void set_schedule(const struct probe *probe)
{
    struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority;
             uint64_t times[3]; } attributes = {48, SCHED_IDLE, 0, 19, 0, {0}};
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    const struct sched_param zero = {0};
    switch (probe->number) {
    case 0: refused(syscall(SYS_sched_setattr, kTarget, &attributes, 0));
    case 1: refused(sched_setaffinity(kTarget, sizeof one, &one));
    case 2: refused(sched_setparam(kTarget, &zero));
    case 3: refused(setpriority(PRIO_PROCESS, kTarget, 19));
    case 4: refused(setpriority(PRIO_PGRP, kTarget, 19));
    case 5: refused(syscall(SYS_ioprio_set, 1, kTarget, 3 << 13));
    default: {
        const long result = setpgid(kTarget, getpid());
        if (result < 0 && errno == ESRCH) blocked("ESRCH: not a child of ours");
        refused(result);
    }
    }
}

static void read_schedule(const struct probe *probe)
{
    (void)probe;
    cpu_set_t set;
    if (sched_getaffinity(kTarget, sizeof set, &set) < 0) refused(-1);
    harmless("tells on which processors it may run");
}

static void count_its_events(const struct probe *probe)
{
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes};
    refused(syscall(SYS_perf_event_open, &attributes, (int)probe->number, -1, -1, 0));
}

static void timer_to_thread(const struct probe *probe)
{
    (void)probe;
    struct sigevent event = {.sigev_notify = 4 /* SIGEV_THREAD_ID */, .sigev_signo = SIGTERM};
    event._sigev_un._tid = kTarget;
    int timer;
    const long result = syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer);
    if (result < 0 && errno == EINVAL) blocked("EINVAL: no thread of ours");
    refused(result);
}

/* Signals PID 1's group, and all processes: only our own may receive them. */
static void signal_groups(const struct probe *probe)
{
    const pid_t child = fork();
    if (child == 0) {
        setsid();
        signal((int)probe->number, SIG_IGN);
        kill(-1, (int)probe->number);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    if (wrapper_answers() < 0) succeeded("the wrapper no longer answers");
    blocked("reaches processes of our own user only");
}

/* Traces a process of our own, which is allowed, as for every debugger. */
static void trace_a_sibling(const struct probe *probe)
{
    (void)probe;
    const pid_t victim = fork();
    if (victim == 0) for (;;) pause();
    const long result = ptrace(PTRACE_SEIZE, victim, 0, 0);
    kill(victim, SIGKILL);
    waitpid(victim, NULL, 0);
    if (result != 0) blocked("%s", strerrorname_np(errno));
    harmless("a process of our own, as every debugger does");
}

void add_process_probes(void)
{
    add("SIGIO by F_SETOWN", signal_by_owner, SIGIO, NULL);
    add("SIGKILL by F_SETSIG", signal_by_owner, SIGKILL, NULL);
    add("ptrace ATTACH", ptrace_it, PTRACE_ATTACH, NULL);
    add("ptrace SEIZE", ptrace_it, PTRACE_SEIZE, NULL);
    add("process_vm_readv", move_memory, SYS_process_vm_readv, NULL);
    add("process_vm_writev", move_memory, SYS_process_vm_writev, NULL);
    add("pidfd_open", by_pidfd, 0, NULL);
    add("pidfd_getfd", by_pidfd, SYS_pidfd_getfd, NULL);
    add("setns by pidfd", by_pidfd, SYS_setns, NULL);
    add("process_madvise", by_pidfd, SYS_process_madvise, NULL);
    add("process_mrelease", by_pidfd, SYS_process_mrelease, NULL);
    add("waitid", wait_for_it, 0, NULL);
    add("kcmp", compare, 0, NULL);
    add("get_robust_list", robust_list, 0, NULL);
    add("move_pages", move_pages, 0, NULL);
    add("migrate_pages", migrate_pages, 0, NULL);
    static const struct { const char *name; int number; } limits[] = {
        {"NOFILE", RLIMIT_NOFILE}, {"AS", RLIMIT_AS}, {"CPU", RLIMIT_CPU}, {"FSIZE", RLIMIT_FSIZE},
        {"NPROC", RLIMIT_NPROC}, {"STACK", RLIMIT_STACK}, {"DATA", RLIMIT_DATA},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        add("prlimit of PID 1:", set_limit, limits[i].number, limits[i].name);
    add("prlimit of PID 1, read:", read_limit, RLIMIT_NOFILE, "NOFILE");
    add("sched_setscheduler", set_scheduler, SCHED_IDLE, "IDLE");
    add("sched_setscheduler", set_scheduler, SCHED_BATCH, "BATCH");
    static const char *const schedules[] = {
        "sched_setattr", "sched_setaffinity", "sched_setparam", "setpriority of PID 1",
        "setpriority of its group", "ioprio_set of PID 1", "setpgid of PID 1",
    };
    for (long i = 0; i < 7; i++) add(schedules[i], set_schedule, i, NULL);
    add("sched_getaffinity", read_schedule, 0, NULL);
    add("perf_event_open of PID 1", count_its_events, kTarget, NULL);
    add("perf_event_open of ourselves", count_its_events, 0, NULL);
    add("timer_create for its thread", timer_to_thread, 0, NULL);
    add("signal to everybody: URG", signal_groups, SIGURG, NULL);
    add("signal to everybody: CHLD", signal_groups, SIGCHLD, NULL);
    add("ptrace of a sibling", trace_a_sibling, 0, NULL);
}
