// The system calls an agent has no use for and an attacker has: closed by one small BPF program,
// the same whatever filter the container's runtime put around us, or did not.
//
// - another architecture's calls (i386, x32), and those newer than this list: ENOSYS
// - io_uring, clone3: ENOSYS, callers fall back to what can be looked into
// - namespaces by clone, unshare, setns: EPERM
// - the mount family, keys, bpf, perf, userfaultfd, memfd_secret, kexec, modules, reboot …, and
//   personalities that make programs weaker: EPERM
// - sockets but UNIX, INET, INET6, NETLINK: EAFNOSUPPORT
#pragma once

#include <span>

struct sock_filter;

namespace wrapper {

// The program itself, for the architecture that this was compiled for.
[[nodiscard]] std::span<const sock_filter> seccomp_program();

// Async-signal-safe; needs no_new_privs. 0 or errno.
[[nodiscard]] int install_seccomp_filter();

// Whether this kernel takes filters at all.
[[nodiscard]] bool seccomp_filters_work();

}  // namespace wrapper
