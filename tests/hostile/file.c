/* The wrapper's files, the image's, and traps laid where the wrapper may step. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIN "/.worker/bin/worker-wrapper"
#define SOCKET "/.worker/run/agent.sock"

/* A path that the engine masks opens, but is empty. */
static void open_to_read(const struct probe *probe)
{
    const int fd = open(probe->text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) refused_or_missing(-1);
    DIR *list = fdopendir(fd);
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;)
        if (entry->d_name[0] != '.') succeeded("opens, and holds %s", entry->d_name);
    if (list == NULL && search(fd, probe->text) > 0) succeeded("opens");
    blocked("opens, and is empty");
}

/* Kernel addresses, which read as zero without a capability. */
static void read_zero_addresses(const struct probe *probe)
{
    FILE *file = fopen(probe->text, "re");
    if (file == NULL) refused_or_missing(-1);
    char line[512];
    unsigned long address = 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%lx", &address) == 1 && address != 0) succeeded("%s", line);
    harmless("names of the machine's parts, every address zero");
}

static void open_to_write(const struct probe *probe)
{
    const int fd = open(probe->text, O_WRONLY | O_CLOEXEC | O_NONBLOCK | (int)probe->number, 0644);
    const int error = errno;
    if (fd < 0 && (error == EISDIR || error == ETXTBSY)) blocked("%s", strerrorname_np(error));
    errno = error;
    refused_or_missing(fd);
}

static void unlink_it(const struct probe *probe)
{
    const long result = unlink(probe->text);
    if (result < 0 && (errno == EBUSY || errno == EISDIR)) blocked("%s", strerrorname_np(errno));
    refused_or_missing(result);
}

static void rename_away(const struct probe *probe)
{
    const long result = rename(probe->text, at("/workspace/moved"));
    if (result < 0 && (errno == EBUSY || errno == EXDEV)) blocked("%s", strerrorname_np(errno));
    if (result < 0 && errno == EINVAL) blocked("into itself");
    refused_or_missing(result);
}

static void rename_over(const struct probe *probe)
{
    close(open(at("/workspace/forged"), O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
    const long result = rename(at("/workspace/forged"), probe->text);
    if (result < 0 && (errno == EBUSY || errno == EXDEV)) blocked("%s", strerrorname_np(errno));
    refused_or_missing(result);
}

static void change_mode(const struct probe *probe)
{
    refused_or_missing(chmod(probe->text, (mode_t)probe->number));
}

static void touch_attributes(const struct probe *probe)
{
    const int fd = open(probe->text, O_RDONLY | O_CLOEXEC);
    if (fd < 0) refused_or_missing(-1);
    int flags = 0x10; /* immutable */
    const long result = ioctl(fd, _IOW('f', 2, long), &flags);
    if (result < 0 && errno == ENOTTY) blocked("ENOTTY");
    refused(result);
}

static void hard_link(const struct probe *probe)
{
    const long result = link(probe->text, at("/workspace/linked"));
    if (result < 0 && errno == EXDEV) blocked("EXDEV");
    refused_or_missing(result);
}

static void make_directory(const struct probe *probe)
{
    const long result = mkdir(probe->text, 0755);
    if (result < 0 && errno == EEXIST) blocked("EEXIST");
    refused_or_missing(result);
}

/* Puts a socket of ours in place of the wrapper's. */
static void bind_path(const struct probe *probe)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", probe->text);
    const long result = bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address,
                             sizeof address);
    if (result < 0 && errno == EADDRINUSE) blocked("EADDRINUSE");
    refused_or_missing(result);
}

static void execute_wrapper(const struct probe *probe)
{
    (void)probe;
    const char *const argv[] = {at(BIN), "healthcheck", NULL};
    char state[256];
    snprintf(state, sizeof state, "STATE_DIR=%s", at("/.worker/state"));
    const char *const environment[] = {state, NULL};
    const pid_t child = fork();
    if (child == 0) {
        execve(at(BIN), (char *const *)argv, (char *const *)environment);
        _exit(127);
    }
    for (int status; waitpid(child, &status, 0) == child;) {
        if (status == 0) succeeded("it looked into the state directory for us");
        blocked("it is an ordinary program when we run it, and may not look");
    }
    succeeded("it never ended");
}

/* Traps in files that the wrapper opens after a run, with more rights than we have. */
static void lay_trap(const struct probe *probe)
{
    unlink(at("/workspace/.git"));
    unlink(at("/home/worker/.gitconfig"));
    if (symlink(probe->text, at("/workspace/.git")) != 0) succeeded("%s", strerrorname_np(errno));
    if (symlink(at("/.worker/state/canary"), at("/home/worker/.gitconfig")) != 0 && errno != EEXIST)
        succeeded("%s", strerrorname_np(errno));
    harmless("laid; what the wrapper does with it is seen in the next run");
}

static const char *const kRead[] = {
    "/.worker/state", "/.worker/state/canary", "/.worker/state/journal", "/.worker/state/state",
    "/.worker/control", "/.worker/control/canary", "/etc/shadow", "/etc/gshadow", "/root",
    "/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/timer_list", "/proc/sched_debug",
    "/proc/slabinfo", "/proc/vmallocinfo", "/proc/pagetypeinfo", "/proc/kpagecount",
    "/sys/kernel/debug", "/sys/kernel/tracing", "/sys/kernel/security", "/sys/firmware/acpi",
    "/sys/fs/pstore", "/var/lib/docker", "/var/run/secrets/kubernetes.io/serviceaccount/token",
};
static const char *const kWrite[] = {
    BIN, "/.worker/bin/orchestrator", "/.worker/state/canary", "/.worker/state/journal",
    "/.worker/control/canary", "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/hosts",
    "/etc/resolv.conf", "/etc/hostname", "/etc/profile", "/bin/sh", "/usr/bin/git",
};
static const char *const kCreate[] = {
    "/.worker/new", "/.worker/bin/git", "/.worker/state/new", "/.worker/control/new",
    "/.worker/run/new", "/etc/ld.so.preload", "/etc/new", "/usr/bin/new", "/new", "/run/new",
    "/var/new", "/var/lib/new", "/root/new", "/proc/new", "/sys/new", "/dev/new", "/lib/new",
};
static const char *const kPinned[] = {
    BIN, SOCKET, "/.worker/bin", "/.worker/state", "/.worker/control", "/.worker/run",
    "/.worker/state/journal", "/.worker/control/bus.sock", "/.worker", "/workspace",
    "/home/worker", "/etc/passwd",
};

#define EACH(list, name, run, number)                              \
    for (size_t i = 0; i < sizeof(list) / sizeof *(list); i++)     \
        add(name, run, number, (list)[i])

void add_file_probes(void)
{
    EACH(kRead, "read", open_to_read, 0);
    static const char *const zeroes[] = {"/proc/iomem", "/proc/ioports", "/proc/kallsyms"};
    EACH(zeroes, "read", read_zero_addresses, 0);
    EACH(kWrite, "write", open_to_write, 0);
    EACH(kWrite, "empty", open_to_write, O_TRUNC);
    EACH(kCreate, "create", open_to_write, O_CREAT);
    EACH(kPinned, "unlink", unlink_it, 0);
    EACH(kPinned, "rename away", rename_away, 0);
    static const char *const over[] = {BIN, SOCKET, "/.worker/state/journal", "/.worker/state/state",
                                       "/.worker/control/bus.sock", "/etc/passwd"};
    EACH(over, "replace", rename_over, 0);
    EACH(over, "hard link to", hard_link, 0);
    static const char *const modes[] = {SOCKET, BIN, "/.worker", "/.worker/run", "/.worker/state",
                                        "/.worker/control", "/etc/passwd"};
    EACH(modes, "chmod", change_mode, 0777);
    add("make immutable", touch_attributes, 0, BIN);
    static const char *const directories[] = {"/.worker/mine", "/.worker/run/mine", "/mine"};
    EACH(directories, "mkdir", make_directory, 0);
    static const char *const sockets[] = {SOCKET, "/.worker/run/agent2.sock",
                                          "/.worker/control/egress.sock"};
    EACH(sockets, "bind", bind_path, 0);
    add("run the wrapper ourselves", execute_wrapper, 0, NULL);
    add("trap: .git is", lay_trap, 0, "/.worker/state");
    add("trap: .git is", lay_trap, 0, "/.worker/control");
    add("trap: .git is", lay_trap, 0, "/proc/1/root/.worker/state");
}

/* For process workers, where only file modes protect the daemon's files from us. */
void add_neighbour_probes(void)
{
    if (getenv("HOSTILE_DATA") == NULL) return;
    static const char *const others[] = {
        "/.data/orchestrator.db", "/.data/orchestrator.db-wal", "/.data/orchestrator.db-shm",
        "/.data/forge", "/.data/forge/other.git/config", "/.data/instances",
        "/.data/instances/hostile-1", "/.data/instances/hostile-1/launch.json",
        "/.data/instances/hostile-1/instance.json", "/.data/instances/hostile-1/log",
        "/.data/another/workspace", "/.data/another/home", "/.data/another/state",
        "/.data/another/control", "/.data/redis.password",
    };
    EACH(others, "read", open_to_read, 0);
    static const char *const made[] = {
        "/.data/new", "/.data/forge/new", "/.data/instances/new", "/.data/instances/hostile-1/new",
        "/.data/another/new", "/.data/another/workspace/new",
    };
    EACH(made, "create", open_to_write, O_CREAT);
    static const char *const written[] = {"/.data/orchestrator.db", "/.data/forge/other.git/HEAD",
                                          "/.data/instances/hostile-1/launch.json"};
    EACH(written, "write", open_to_write, 0);
}
