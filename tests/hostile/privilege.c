/* More rights than an agent has: ids, capabilities, setuid programs. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static void become(const struct probe *probe)
{
    switch (probe->number) {
    case SYS_setuid: refused(syscall(SYS_setuid, 0));
    case SYS_setgid: refused(syscall(SYS_setgid, 0));
    case SYS_setreuid: refused(syscall(SYS_setreuid, 0, 0));
    case SYS_setregid: refused(syscall(SYS_setregid, 0, 0));
    case SYS_setresuid: refused(syscall(SYS_setresuid, -1, 0, 0));
    default: refused(syscall(SYS_setresgid, -1, 0, 0));
    }
}

static void join_groups(const struct probe *probe)
{
    const gid_t groups[] = {(gid_t)probe->number};
    refused(syscall(SYS_setgroups, 1, groups));
}

/* Both calls return the previous id, whether they succeed or not. */
static void file_ids(const struct probe *probe)
{
    if (probe->number == 0) setfsuid(0);
    else setfsgid(0);
    if (probe->number == 0 && setfsuid(-1) == 0) succeeded("the uid for files is root's");
    if (probe->number == 1 && setfsgid(-1) == 0) succeeded("the gid for files is root's");
    refused(open(at("/.worker/state"), O_RDONLY | O_DIRECTORY));
}

static void set_capabilities(const struct probe *probe)
{
    (void)probe;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct all[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}};
    refused(syscall(SYS_capset, &header, all));
}

static void raise_ambient(const struct probe *probe)
{
    refused(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, probe->number, 0, 0));
}

static void other_prctl(const struct probe *probe)
{
    switch (probe->number) {
    case PR_SET_SECUREBITS: refused(prctl(PR_SET_SECUREBITS, 1, 0, 0, 0));
    case PR_CAPBSET_DROP: refused(prctl(PR_CAPBSET_DROP, 1, 0, 0, 0));
    case PR_SET_MM: refused(prctl(PR_SET_MM, PR_SET_MM_START_BRK, 0x500000, 0, 0));
    default: {
        /* This flag cannot be cleared. */
        const long result = prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
        if (result < 0 && errno == EINVAL) blocked("EINVAL: stays set");
        refused(result);
    }
    }
}

static void status_of(const struct probe *probe)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, probe->text, strlen(probe->text)) != 0) continue;
        const char *value = line + strlen(probe->text) + 1;
        if (strtoul(value, NULL, 16) == (unsigned long)probe->number) blocked("%s", line);
        succeeded("%s", line);
    }
    succeeded("no such line");
}

/* Makes a copy of this program with setuid or capabilities on the file. */
static void own_file(const struct probe *probe)
{
    const int fd = open("planted", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    if (fd < 0) succeeded("cannot write in the workspace: %s", strerrorname_np(errno));
    static const unsigned char every[20] = {1, 0, 0, 2, 255, 255, 255, 255, 255, 255, 255, 255};
    switch (probe->number) {
    case 0: refused(fchown(fd, 0, 0));
    case 1: refused(fchown(fd, (uid_t)-1, 0));
    case 2: refused(fsetxattr(fd, "security.capability", every, sizeof every, 0));
    case 3: refused(fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0));
    default:
        if (fchmod(fd, 06755) != 0) refused(-1);
        harmless("a file of our own may be setuid: to ourselves, and no_new_privs ignores it");
    }
}

/* Blocks the program on a full pipe while it prints its help, and reads its ids. */
static void setuid_program(const struct probe *probe)
{
    struct stat found;
    if (stat(probe->text, &found) != 0) blocked("not in this image");
    if ((found.st_mode & S_ISUID) == 0) blocked("not setuid in this image");
    int ends[2], executed[2];
    if (pipe(ends) != 0 || pipe2(executed, O_CLOEXEC) != 0) succeeded("no pipe");
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    static const char filler[4096];
    while (write(ends[1], filler, sizeof filler) > 0) {
    }
    fcntl(ends[1], F_SETFL, 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        setenv("LD_PRELOAD", "/workspace/none.so", 1);
        execl(probe->text, probe->text, "--help", (char *)NULL);
        _exit(127);
    }
    close(executed[1]);
    char byte;
    if (read(executed[0], &byte, 1) != 0) succeeded("no end of file from exec");
    char path[64], line[256];
    unsigned real = 0, effective = 0;
    unsigned long capabilities = 1;
    snprintf(path, sizeof path, "/proc/%d/status", child);
    FILE *status = fopen(path, "re");
    if (status == NULL) succeeded("gone before it was looked at");
    while (fgets(line, sizeof line, status) != NULL) {
        sscanf(line, "Uid: %u %u", &real, &effective);
        sscanf(line, "CapEff: %lx", &capabilities);
    }
    kill(child, SIGKILL);
    if (real != getuid() || effective != getuid() || capabilities != 0)
        succeeded("runs as %u, capabilities %lx", effective, capabilities);
    blocked("runs as %u without a capability", effective);
}

void add_privilege_probes(void)
{
    add("setuid 0", become, SYS_setuid, NULL);
    add("setgid 0", become, SYS_setgid, NULL);
    add("setreuid 0", become, SYS_setreuid, NULL);
    add("setregid 0", become, SYS_setregid, NULL);
    add("setresuid 0", become, SYS_setresuid, NULL);
    add("setresgid 0", become, SYS_setresgid, NULL);
    add("setgroups 0", join_groups, 0, NULL);
    add("setgroups docker", join_groups, 999, NULL);
    add("setfsuid 0", file_ids, 0, NULL);
    add("setfsgid 0", file_ids, 1, NULL);
    add("capset", set_capabilities, 0, NULL);
    add("ambient capability SETUID", raise_ambient, CAP_SETUID, NULL);
    add("ambient capability KILL", raise_ambient, CAP_KILL, NULL);
    add("ambient capability SYS_ADMIN", raise_ambient, CAP_SYS_ADMIN, NULL);
    add("securebits", other_prctl, PR_SET_SECUREBITS, NULL);
    add("bounding set", other_prctl, PR_CAPBSET_DROP, NULL);
    add("PR_SET_MM", other_prctl, PR_SET_MM, NULL);
    add("no_new_privs taken back", other_prctl, PR_SET_NO_NEW_PRIVS, NULL);
    add("status", status_of, 0, "CapEff:");
    add("status", status_of, 0, "CapPrm:");
    add("status", status_of, 0, "CapInh:");
    add("status", status_of, 0, "CapAmb:");
    add("status", status_of, 1, "NoNewPrivs:");
    add("status", status_of, 2, "Seccomp:");
    add("own file given to root", own_file, 0, NULL);
    add("own file given to root's group", own_file, 1, NULL);
    add("own file with capabilities", own_file, 2, NULL);
    add("own file with a trusted attribute", own_file, 3, NULL);
    add("own file setuid", own_file, 4, NULL);
    static const char *const programs[] = {
        "/bin/su", "/bin/mount", "/bin/umount", "/usr/bin/passwd", "/usr/bin/newgrp",
        "/usr/bin/gpasswd", "/usr/bin/chsh", "/usr/bin/chfn",
    };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        add("setuid program", setuid_program, 0, programs[i]);
}
