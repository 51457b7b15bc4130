/* The machine below: kernel settings, cgroups, devices. */
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_setting(const struct probe *probe)
{
    const int fd = open(probe->text, O_WRONLY | O_CLOEXEC);
    if (fd < 0) refused_or_missing(-1);
    char value[64] = "0";
    refused(write(fd, value, 1));
}

static void open_device(const struct probe *probe)
{
    refused_or_missing(open(probe->text, (int)probe->number | O_CLOEXEC | O_NONBLOCK));
}

/* The directories where the container's cgroups appear, for both versions. */
static void cgroup_file(const struct probe *probe)
{
    static const char *const roots[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/memory",
                                        "/sys/fs/cgroup/pids", "/sys/fs/cgroup/cpu",
                                        "/sys/fs/cgroup/devices", "/sys/fs/cgroup/freezer",
                                        "/sys/fs/cgroup/unified"};
    int seen = 0, last = ENOENT;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", roots[i], probe->text);
        const int result = probe->number ? mkdir(path, 0755) : open(path, O_WRONLY | O_CLOEXEC);
        if (result >= 0) succeeded("%s", path);
        if (!is_refusal(errno) && !is_missing(errno))
            succeeded("%s: %s", path, strerrorname_np(errno));
        if (is_refusal(errno)) seen++, last = errno;
    }
    blocked("%d of them, %s", seen, strerrorname_np(last));
}

static void lower_score(const struct probe *probe)
{
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) refused(-1);
    const ssize_t count = write(fd, probe->text, strlen(probe->text));
    refused(count);
}

static void terminal(const struct probe *probe)
{
    (void)probe;
    char byte = 'x';
    const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd >= 0) refused(ioctl(fd, TIOCSTI, &byte));
    const long result = ioctl(STDIN_FILENO, TIOCSTI, &byte);
    if (result < 0 && errno == ENOTTY) blocked("there is no terminal");
    refused(result);
}

static void other_shells(const struct probe *probe)
{
    (void)probe;
    DIR *list = opendir("/dev/pts");
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        char path[300];
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        snprintf(path, sizeof path, "/dev/pts/%s", entry->d_name);
        if (open(path, O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0) succeeded("%s", path);
    }
    blocked("no terminal of another's");
}

static const char *const kSettings[] = {
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug",
    "/proc/sys/vm/drop_caches", "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/panic_on_oom",
    "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/kernel/randomize_va_space", "/proc/sys/kernel/yama/ptrace_scope",
    "/proc/sys/kernel/unprivileged_bpf_disabled", "/proc/sys/kernel/dmesg_restrict",
    "/proc/sys/kernel/shmmax", "/proc/sys/kernel/msgmni", "/proc/sys/fs/mqueue/queues_max",
    "/proc/sys/fs/binfmt_misc/register", "/proc/sys/fs/protected_symlinks",
    "/proc/sys/user/max_user_namespaces", "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity",
    "/proc/bus/pci/devices", "/proc/acpi/wakeup", "/proc/mtrr", "/proc/scsi/scsi",
    "/sys/kernel/uevent_helper", "/sys/power/state", "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/module/kernel/parameters/panic", "/sys/kernel/oops_count", "/sys/kernel/kexec_crash_size",
};
static const char *const kDevices[] = {
    "/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/nvme0n1",
    "/dev/loop0", "/dev/loop-control", "/dev/fuse", "/dev/kvm", "/dev/vsock", "/dev/net/tun",
    "/dev/vhost-net", "/dev/vhost-vsock", "/dev/uinput", "/dev/userfaultfd", "/dev/mapper/control",
    "/dev/nvram", "/dev/rtc0", "/dev/cpu/0/msr", "/dev/console", "/dev/tty0", "/dev/dri/card0",
    "/dev/snd/control", "/dev/input/event0", "/dev/btrfs-control", "/dev/autofs", "/dev/watchdog",
    "/dev/hwrng", "/dev/initctl", "/dev/log",
};
static const char *const kCgroup[] = {
    "cgroup.procs", "tasks", "memory.limit_in_bytes", "memory.oom_control", "memory.max",
    "pids.max", "cpu.cfs_quota_us", "cpu.max", "devices.allow", "release_agent",
    "notify_on_release", "cgroup.event_control", "cgroup.kill", "cgroup.freeze", "freezer.state",
    "cgroup.subtree_control",
};

void add_machine_probes(void)
{
    for (size_t i = 0; i < sizeof kSettings / sizeof *kSettings; i++)
        add("write", write_setting, 0, kSettings[i]);
    for (size_t i = 0; i < sizeof kDevices / sizeof *kDevices; i++)
        add("device", open_device, O_RDWR, kDevices[i]);
    for (size_t i = 0; i < sizeof kCgroup / sizeof *kCgroup; i++)
        add("cgroup", cgroup_file, 0, kCgroup[i]);
    add("cgroup, new:", cgroup_file, 1, "mine");
    static const char *const scores[] = {"999", "500", "0", "-1", "-1000"};
    for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
        add("own oom_score_adj", lower_score, 0, scores[i]);
    add("type into a terminal", terminal, 0, NULL);
    add("terminals of others", other_shells, 0, NULL);
}
