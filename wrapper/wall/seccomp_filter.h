// Refuses the system calls that an agent does not need and an attacker does, by one small BPF
// program. It is the same whether or not the container's runtime has installed a filter of its own.
//
// - calls of another architecture (i386, x32), and calls newer than this list: ENOSYS
// - io_uring, clone3: ENOSYS, so that callers fall back to calls that can be inspected
// - namespaces by clone, unshare, setns: EPERM
// - the mount family, keys, bpf, perf, userfaultfd, memfd_secret, kexec, modules, reboot …, and
//   personalities that make programs weaker: EPERM
// - sockets other than UNIX, INET, INET6, NETLINK: EAFNOSUPPORT
#pragma once

#include <span>

struct sock_filter;

namespace wrapper {

// The program itself, for the architecture that this was compiled for.
[[nodiscard]] std::span<const sock_filter> seccomp_program();

// Async-signal-safe; needs no_new_privs. 0 or errno.
[[nodiscard]] int install_seccomp_filter();

// Whether this kernel supports filters.
[[nodiscard]] bool seccomp_filters_work();

}  // namespace wrapper
