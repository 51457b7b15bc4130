/* PID 1 as /proc shows it, and a search for its secrets in everything that we can read. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *const kSecret[] = {
    "environ", "mem", "maps", "smaps", "smaps_rollup", "numa_maps", "auxv", "pagemap", "stack",
    "syscall", "io", "timers", "fd", "fd/0", "fd/1", "fd/2", "fd/3", "fd/4", "fd/5", "fd/6", "fd/7",
    "fd/8", "fdinfo", "fdinfo/3", "map_files", "root/etc/passwd", "root/.worker/state", "cwd/.",
    "exe", "ns/mnt", "ns/pid", "ns/net", "ns/user", "ns/ipc", "ns/uts", "ns/cgroup", "ns/time",
    "task/1/environ", "task/1/mem", "task/1/maps", "task/1/fd", "task/1/syscall", "task/1/stack",
    "personality", "mountstats", "ksm_stat", "ksm_merging_pages", "seccomp_cache",
};
static const char *const kPublic[] = {
    "status", "stat", "statm", "cmdline", "comm", "limits", "cgroup", "mountinfo", "mounts",
    "oom_score", "oom_score_adj", "sched", "schedstat", "loginuid", "sessionid", "cpuset",
    "autogroup", "wchan", "coredump_filter", "attr/current", "uid_map", "setgroups",
    "net/unix", "net/tcp", "net/route", "cpu_resctrl_groups", "timens_offsets", "children",
    "task/1/children", "task/1/comm",
};
static const char *const kWritten[] = {
    "mem", "comm", "oom_score_adj", "oom_adj", "sched", "autogroup", "coredump_filter",
    "timerslack_ns", "clear_refs", "attr/current", "attr/exec", "attr/keycreate", "setgroups",
    "uid_map", "gid_map", "projid_map", "loginuid", "timens_offsets", "fd/1", "fd/2", "environ",
    "make-it-fail", "task/1/mem", "task/1/comm", "map_files/400000-401000",
};

static void read_secret(const struct probe *probe)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/%d/%s", wrapper_pid(), probe->text);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) refused_or_missing(-1);
    const size_t size = search(fd, path);
    errno = 0;
    char byte;
    const ssize_t more = read(fd, &byte, 1);
    if (size == 0 && more < 0 && is_refusal(errno)) blocked("opens, reads %s", strerrorname_np(errno));
    succeeded("opens, %zu bytes", size);
}

static void read_public(const struct probe *probe)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/%d/%s", wrapper_pid(), probe->text);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) refused_or_missing(-1);
    const size_t size = search(fd, path);
    harmless("%zu bytes that every process shows, no secret in them", size);
}

static void write_to(const struct probe *probe)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/%d/%s", wrapper_pid(), probe->text);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) refused_or_missing(-1);
    const ssize_t count = write(fd, "0", 1);
    if (count < 0 && is_refusal(errno)) blocked("opens, writes %s", strerrorname_np(errno));
    succeeded("opens for writing, write %zd %s", count, count < 0 ? strerrorname_np(errno) : "");
}

static void read_link(const struct probe *probe)
{
    char path[128], target[256];
    snprintf(path, sizeof path, "/proc/%d/%s", wrapper_pid(), probe->text);
    refused_or_missing(readlink(path, target, sizeof target));
}

static void own_environment(const struct probe *probe)
{
    for (char **line = environ; *line != NULL; line++)
        if (holds_canary(*line, strlen(*line))) succeeded("in %.40s", *line);
    search(open("/proc/self/environ", O_RDONLY | O_CLOEXEC), "/proc/self/environ");
    if (probe->number) blocked("no secret in the container's variables");
    for (char **line = environ; *line != NULL; line++)
        if (strncmp(*line, "API_TOKEN", 9) == 0 || strncmp(*line, "REDIS_URL", 9) == 0 ||
            strncmp(*line, "CONTROL_DIR", 11) == 0 || strncmp(*line, "STATE_DIR", 9) == 0)
            succeeded("a variable of the wrapper's: %.20s", *line);
    blocked("none of the wrapper's variables");
}

static void own_memory(const struct probe *probe)
{
    (void)probe;
    FILE *maps = fopen("/proc/self/maps", "re");
    const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    if (maps == NULL || memory < 0) succeeded("cannot look at itself");
    char line[512];
    size_t total = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long begin, end;
        char rights[5];
        if (sscanf(line, "%lx-%lx %4s", &begin, &end, rights) != 3 || rights[0] != 'r') continue;
        static char page[4096];
        for (unsigned long at = begin; at < end; at += sizeof page) {
            const ssize_t count = pread(memory, page, sizeof page, (off_t)at);
            if (count > 0 && holds_canary(page, (size_t)count)) succeeded("at %lx", at);
            if (count > 0) total += (size_t)count;
        }
    }
    blocked("%zu bytes of memory without it", total);
}

static void own_descriptors(const struct probe *probe)
{
    (void)probe;
    DIR *list = opendir("/proc/self/fd");
    int count = 0;
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        const int fd = atoi(entry->d_name);
        if (entry->d_name[0] == '.' || fd <= 2 || fd == dirfd(list)) continue;
        char path[64], target[256];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        const ssize_t size = readlink(path, target, sizeof target - 1);
        target[size > 0 ? size : 0] = '\0';
        if (strstr(target, "/workspace/report") != NULL) continue;
        count++;
        succeeded("descriptor %d is %s", fd, target);
    }
    blocked("0, 1, 2 and our own (%d others)", count);
}

static void others_environments(const struct probe *probe)
{
    (void)probe;
    DIR *list = opendir("/proc");
    int seen = 0, read_from = 0;
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        if (atoi(entry->d_name) <= 0) continue;
        char path[300];
        snprintf(path, sizeof path, "/proc/%s/environ", entry->d_name);
        seen++;
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) continue;
        read_from++;
        search(fd, path);
        close(fd);
    }
    blocked("%d processes, %d readable, no secret", seen, read_from);
}

static void standard_streams(const struct probe *probe)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%ld", probe->number);
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) refused_or_missing(-1);
    search(fd, path);
    harmless("our own end of the pipe, nothing of the wrapper's in it");
}

void add_entered_probes(void)
{
    for (size_t i = 0; i < sizeof kSecret / sizeof *kSecret; i++)
        add("read /proc/1", read_secret, 0, kSecret[i]);
    for (size_t i = 0; i < sizeof kWritten / sizeof *kWritten; i++)
        add("write /proc/1", write_to, 0, kWritten[i]);
    add("our own environment", own_environment, 1, NULL);
    add("our own memory", own_memory, 0, NULL);
    add("environment of every process", others_environments, 0, NULL);
}

void add_proc_probes(void)
{
    for (size_t i = 0; i < sizeof kSecret / sizeof *kSecret; i++)
        add("read /proc/1", read_secret, 0, kSecret[i]);
    for (size_t i = 0; i < sizeof kPublic / sizeof *kPublic; i++)
        add("read /proc/1", read_public, 0, kPublic[i]);
    for (size_t i = 0; i < sizeof kWritten / sizeof *kWritten; i++)
        add("write /proc/1", write_to, 0, kWritten[i]);
    static const char *const links[] = {"exe", "cwd", "root", "fd/0", "fd/3", "ns/mnt", "ns/pid"};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        add("readlink /proc/1", read_link, 0, links[i]);
    add("our own environment", own_environment, 0, NULL);
    add("our own memory", own_memory, 0, NULL);
    add("inherited descriptors", own_descriptors, 0, NULL);
    add("environment of every process", others_environments, 0, NULL);
    for (long fd = 0; fd <= 2; fd++) add("read back our standard stream", standard_streams, fd,
                                         fd == 0 ? "0" : fd == 1 ? "1" : "2");
}
