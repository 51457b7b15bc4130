/* Changes of mounts, by the old and the new system calls. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    kOpenTree = 428, kMoveMount, kFsopen, kFsconfig, kFsmount, kFspick,
    kMountSetattr = 442, kOpenTreeAttr = 467,
    kCloneTree = 1,
};

struct mounting { const char *source, *target, *type; unsigned long flags; };
static const struct mounting kMounts[] = {
    {"none", "/workspace", "tmpfs", 0},
    {"none", "/workspace", "proc", 0},
    {"none", "/workspace", "sysfs", 0},
    {"none", "/workspace", "cgroup2", 0},
    {"none", "/workspace", "overlay", 0},
    {"none", "/workspace", "fuse", 0},
    {"/", "/workspace", NULL, MS_BIND},
    {"/.worker", "/workspace", NULL, MS_BIND | MS_REC},
    {"/proc/1/root", "/workspace", NULL, MS_BIND},
    {"/workspace", "/.worker/bin", NULL, MS_BIND},
    {"/workspace", "/tmp", NULL, MS_MOVE},
    {NULL, "/", NULL, MS_REMOUNT | MS_BIND},
    {NULL, "/.worker/bin", NULL, MS_REMOUNT | MS_BIND},
    {NULL, "/.worker/control", NULL, MS_REMOUNT | MS_BIND},
    {NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND},
    {NULL, "/sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND},
    {NULL, "/", NULL, MS_REC | MS_SHARED},
};

static void mount_it(const struct probe *probe)
{
    const struct mounting *wanted = &kMounts[probe->number];
    refused(mount(wanted->source, wanted->target, wanted->type, wanted->flags, NULL));
}

static void unmount(const struct probe *probe)
{
    refused_or_missing(umount2(probe->text, (int)probe->number));
}

static void new_call(const struct probe *probe)
{
    static uint64_t attributes[4];
    switch (probe->number) {
    case kOpenTree: refused(syscall(kOpenTree, AT_FDCWD, "/", kCloneTree));
    case kOpenTreeAttr:
        refused(syscall(kOpenTreeAttr, AT_FDCWD, "/", kCloneTree, attributes, sizeof attributes));
    case kMoveMount: refused(syscall(kMoveMount, AT_FDCWD, "/workspace", AT_FDCWD, "/tmp", 0));
    case kFsopen: refused(syscall(kFsopen, "tmpfs", 0));
    case kFsconfig: refused(syscall(kFsconfig, 0, 6, NULL, NULL, 0));
    case kFsmount: refused(syscall(kFsmount, 0, 0, 0));
    case kFspick: refused(syscall(kFspick, AT_FDCWD, "/", 0));
    default:
        refused(syscall(kMountSetattr, AT_FDCWD, "/", 0x8000, attributes, sizeof attributes));
    }
}

/* Opening a tree without copying it gives no more than a path. */
static void open_tree_plainly(const struct probe *probe)
{
    refused(syscall(probe->number, AT_FDCWD, "/", 0, NULL, 0));
}

static void change_root(const struct probe *probe)
{
    if (probe->number == SYS_pivot_root) refused(syscall(SYS_pivot_root, "/workspace", "/workspace"));
    refused(chroot(probe->text));
}

static void make_device(const struct probe *probe)
{
    const mode_t kind = probe->number < 0 ? S_IFBLK : S_IFCHR;
    const dev_t device = probe->number < 0 ? makedev(254, 0) : makedev(1, (unsigned)probe->number);
    refused(mknod("device", kind | 0666, device));
}

static void by_handle(const struct probe *probe)
{
    (void)probe;
    struct { struct file_handle head; unsigned char bytes[128]; } handle;
    int mount_id;
    handle.head.handle_bytes = sizeof handle.bytes;
    if (name_to_handle_at(AT_FDCWD, "/workspace", &handle.head, &mount_id, 0) != 0)
        handle.head.handle_bytes = 8;
    refused(open_by_handle_at(AT_FDCWD, &handle.head, O_RDONLY));
}

void add_mount_probes(void)
{
    static char text[sizeof kMounts / sizeof *kMounts][64];
    for (size_t i = 0; i < sizeof kMounts / sizeof *kMounts; i++) {
        const struct mounting *m = &kMounts[i];
        snprintf(text[i], sizeof text[i], "%s on %s, flags %lx",
                 m->type ? m->type : m->source ? m->source : "change", m->target, m->flags);
        add("mount", mount_it, (long)i, text[i]);
    }
    static const char *const masks[] = {"/proc/kcore", "/proc/acpi", "/proc/keys", "/proc/sys",
                                        "/sys/firmware", "/.worker/control", "/.worker/bin", "/"};
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++)
        add("umount", unmount, MNT_DETACH, masks[i]);
    static const struct { const char *name; long number; } calls[] = {
        {"open_tree", kOpenTree}, {"open_tree_attr", kOpenTreeAttr}, {"move_mount", kMoveMount},
        {"fsopen", kFsopen}, {"fsconfig", kFsconfig}, {"fsmount", kFsmount}, {"fspick", kFspick},
        {"mount_setattr", kMountSetattr},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        add(calls[i].name, new_call, calls[i].number, NULL);
    add("open_tree without a copy", open_tree_plainly, kOpenTree, NULL);
    add("open_tree_attr without a copy", open_tree_plainly, kOpenTreeAttr, NULL);
    add("pivot_root", change_root, SYS_pivot_root, NULL);
    add("chroot", change_root, 0, "/workspace");
    add("chroot", change_root, 0, "/");
    static const struct { const char *name; long minor; } devices[] = {
        {"mem", 1}, {"kmem", 2}, {"port", 4}, {"kmsg", 11}, {"a disk", -1},
    };
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        add("mknod", make_device, devices[i].minor, devices[i].name);
    add("open_by_handle_at of the workspace", by_handle, 0, NULL);
}
