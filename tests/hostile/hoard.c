/* Uses up everything that the container may have, leaves behind what it can, and checks in the
 * next task what is still there. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kBombs = 40, kEscapees = 60, kChunk = 1 << 20 };

static void say_how(const char *what, long count)
{
    const long taken = wrapper_answers();
    if (taken < 0) succeeded("the wrapper no longer answers after %ld %s", count, what);
    harmless("%ld %s, and it answers after %ld ms", count, what, taken);
}

/* Runs `work` in several children; returns the number of those that were killed. */
static long let_them_die(void (*work)(int))
{
    long dead = 0;
    for (int i = 0; i < kBombs; i++) {
        const pid_t child = fork();
        if (child < 0) succeeded("no process to try it with");
        if (child != 0) continue;
        work(i);
        _exit(0);
    }
    for (int status; waitpid(-1, &status, 0) > 0;) dead += WIFSIGNALED(status);
    return dead;
}

static void eat_memory(int number)
{
    (void)number;
    for (int i = 0; i < 1024; i++) {
        char *block = mmap(NULL, kChunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return;
        memset(block, 1, kChunk);
    }
}

/* Uses the lowest permitted OOM score and little memory each, so that others die instead. */
static void eat_modestly(int number)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) (void)!write(fd, "0", 1);
    eat_memory(number);
}

static void memory_bomb(const struct probe *probe)
{
    say_how("of 40 died for memory", let_them_die(probe->number ? eat_modestly : eat_memory));
}

/* Segments outlive their creators, so killing a process does not free their memory. */
static void shared_memory(const struct probe *probe)
{
    (void)probe;
    int *filled = mmap(NULL, sizeof *filled, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const pid_t child = fork();
    for (int i = 0; child == 0 && i < 64; i++) {
        const int id = shmget(IPC_PRIVATE, 4 * kChunk, IPC_CREAT | 0600);
        char *at = id < 0 ? (char *)-1 : shmat(id, NULL, 0);
        if (at == (char *)-1) break;
        memset(at, 1, 4 * kChunk);
        shmdt(at);
        *filled = i + 1;
    }
    if (child == 0) _exit(0);
    if (child < 0) succeeded("no process to try it with");
    waitpid(child, NULL, 0);
    say_how("segments of 4 MiB filled", *filled);
}

static void message_queues(const struct probe *probe)
{
    (void)probe;
    static struct { long type; char text[8000]; } message = {1, {0}};
    long count = 0;
    for (; count < 2000; count++) {
        const int id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
        if (id < 0) break;
        while (msgsnd(id, &message, sizeof message.text, IPC_NOWAIT) == 0) {
        }
    }
    say_how("message queues filled", count);
}

static void semaphores(const struct probe *probe)
{
    (void)probe;
    long count = 0;
    for (int size = 32000; size >= 1; size /= 2)
        while (count < 40 && semget(IPC_PRIVATE, size, IPC_CREAT | 0600) >= 0) count++;
    say_how("sets of semaphores", count);
}

static void named_queues(const struct probe *probe)
{
    (void)probe;
    long count = 0;
    for (; count < 300; count++) {
        char name[32];
        snprintf(name, sizeof name, "/left-%ld", count);
        const struct mq_attr size = {.mq_maxmsg = 10, .mq_msgsize = 8192};
        if (mq_open(name, O_CREAT | O_RDWR, 0600, &size) == (mqd_t)-1) break;
    }
    if (count == 0) refused(-1);
    say_how("queues in /dev/mqueue", count);
}

static void fill(const struct probe *probe)
{
    static char block[kChunk];
    char path[128];
    snprintf(path, sizeof path, "%s/filler", probe->text);
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) refused_or_missing(-1);
    long mebibytes = 0;
    while (mebibytes < 4096 && write(fd, block, sizeof block) > 0) mebibytes++;
    if (mebibytes >= 4096) succeeded("4 GiB and no end");
    say_how("MiB, then it was full", mebibytes);
}

static void fork_bomb(const struct probe *probe)
{
    long count = 0;
    for (; count < 100000; count++) {
        const pid_t child = fork();
        if (child < 0) break;
        if (child != 0) continue;
        if (probe->number) setsid();
        for (;;) pause();
    }
    if (count == 100000) succeeded("no bound on processes");
    say_how("processes, and no more", count);
}

/* The wrapper must be able to end the run although no process can be created. */
static void bomb_that_grows(void)
{
    for (;;) {
        const pid_t child = fork();
        if (child < 0) usleep(1000);
    }
}

void leave_escapees(void)
{
    for (int i = 0; i < kEscapees; i++) {
        if (fork() != 0) continue;
        setsid();
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        if (fork() != 0) _exit(0);
        if (i == 0) ptrace(PTRACE_SEIZE, getppid(), 0, 0);
        if (i == 1) bomb_that_grows();
        /* Attacks every new process as soon as it appears. */
        for (pid_t next = 2;; next = next < 4096 ? next + 1 : 2) {
            char byte;
            struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
            syscall(SYS_process_vm_readv, next, &here, 1, &there, 1, 0);
            kill(next == getpid() ? 0x7ffffff : next, 0);
        }
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
}

void add_hoard_probes(void)
{
    add("memory bomb", memory_bomb, 0, NULL);
    add("memory bomb of those who lower their score", memory_bomb, 1, NULL);
    add("fill", fill, 0, "/tmp");
    add("fill", fill, 0, "/dev/shm");
    add("fill", fill, 0, "/.worker/run");
    add("fill", fill, 0, "/dev");
    add("memory bomb with tmpfs full", memory_bomb, 1, NULL);
    add("message queues", message_queues, 0, NULL);
    add("semaphores", semaphores, 0, NULL);
    add("named message queues", named_queues, 0, NULL);
    add("shared memory that nobody owns", shared_memory, 0, NULL);
    add("memory bomb with all of that taken", memory_bomb, 1, NULL);
    add("fork bomb", fork_bomb, 0, NULL);
}

/* These keep running, so the run ends with the process limit exhausted. */
void add_bomb_probes(void)
{
    add("fork bomb of sessions", fork_bomb, 1, NULL);
}
