/* The next task: nothing of the previous one may be left to attack us or to starve the wrapper. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

enum { kMostShared = 1 << 20, kMostQueued = 1 << 20 };

static void processes(const struct probe *probe)
{
    (void)probe;
    DIR *list = opendir("/proc");
    int others = 0;
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        const int pid = atoi(entry->d_name);
        if (pid > 1 && pid != getpid() && pid != getppid()) others++;
    }
    if (others > 0) succeeded("%d processes of an earlier task", others);
    blocked("PID 1 and ourselves");
}

static void shared_segments(const struct probe *probe)
{
    (void)probe;
    struct shm_info info;
    shmctl(0, SHM_INFO, (struct shmid_ds *)&info);
    const unsigned long bytes = info.shm_rss * (unsigned long)sysconf(_SC_PAGESIZE);
    if (bytes > kMostShared) succeeded("%lu bytes of memory that nobody owns", bytes);
    blocked("%d segments, %lu bytes", info.used_ids, bytes);
}

static void queued_messages(const struct probe *probe)
{
    (void)probe;
    struct msginfo info;
    msgctl(0, MSG_INFO, (struct msqid_ds *)&info);
    /* With MSG_INFO, msgtql is the number of bytes. */
    if (info.msgtql > kMostQueued) succeeded("%d bytes in %d queues", info.msgtql, info.msgpool);
    blocked("%d bytes in %d queues", info.msgtql, info.msgpool);
}

static void left_semaphores(const struct probe *probe)
{
    (void)probe;
    struct seminfo info;
    union { int value; struct seminfo *info; } argument = {.info = &info};
    semctl(0, 0, SEM_INFO, argument);
    if (info.semaem > 64000) succeeded("%d semaphores in %d sets", info.semaem, info.semusz);
    blocked("%d semaphores in %d sets", info.semaem, info.semusz);
}

static void memory_is_back(const struct probe *probe)
{
    const size_t size = (size_t)probe->number << 20;
    char *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(block, 1, size);
    blocked("%ld MiB can be had again", probe->number);
}

static void sprung_trap(const struct probe *probe)
{
    (void)probe;
    char target[256] = "";
    (void)!readlink("/workspace/.git", target, sizeof target - 1);
    if (strncmp(target, "/", 1) != 0) succeeded("the trap is gone: %s", target);
    DIR *list = opendir("/workspace");
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        char path[512];
        snprintf(path, sizeof path, "/workspace/%s", entry->d_name);
        const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0) search(fd, path);
        close(fd);
    }
    blocked("it led the wrapper nowhere");
}

static void score(const struct probe *probe)
{
    (void)probe;
    char text[32] = "";
    const int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
    (void)!read(fd, text, sizeof text - 1);
    if (atoi(text) != 1000) succeeded("%s", text);
    blocked("1000");
}

void add_later_probes(void)
{
    add("processes of the task before", processes, 0, NULL);
    add("shared memory of the task before", shared_segments, 0, NULL);
    add("messages of the task before", queued_messages, 0, NULL);
    add("semaphores of the task before", left_semaphores, 0, NULL);
    add("memory of the task before", memory_is_back, 32, NULL);
    add("traps of the task before", sprung_trap, 0, NULL);
    add("our oom_score_adj", score, 0, NULL);
}
