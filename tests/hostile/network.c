/* Ways out of a container without a network, and into the sockets of others. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct family { const char *name; int family, kind, protocol; };
static const struct family kFamilies[] = {
    {"VSOCK", 40, SOCK_STREAM, 0}, {"PACKET raw", 17, SOCK_RAW, 0x0300},
    {"PACKET datagram", 17, SOCK_DGRAM, 0x0300}, {"ALG", 38, SOCK_SEQPACKET, 0},
    {"XDP", 44, SOCK_RAW, 0}, {"KEY", 15, SOCK_RAW, 2}, {"BLUETOOTH", 31, SOCK_RAW, 0},
    {"CAN", 29, SOCK_RAW, 1}, {"RDS", 21, SOCK_SEQPACKET, 0}, {"TIPC", 30, SOCK_SEQPACKET, 0},
    {"KCM", 41, SOCK_DGRAM, 0}, {"SMC", 43, SOCK_STREAM, 0}, {"NFC", 39, SOCK_SEQPACKET, 0},
    {"QIPCRTR", 42, SOCK_DGRAM, 0}, {"LLC", 26, SOCK_STREAM, 0}, {"AX25", 3, SOCK_DGRAM, 0},
    {"X25", 9, SOCK_SEQPACKET, 0}, {"APPLETALK", 5, SOCK_DGRAM, 0}, {"IB", 27, SOCK_RAW, 0},
    {"PPPOX", 24, SOCK_STREAM, 0}, {"MCTP", 45, SOCK_DGRAM, 0}, {"RXRPC", 33, SOCK_DGRAM, 0},
    {"INET raw, ICMP", AF_INET, SOCK_RAW, 1}, {"INET raw, TCP", AF_INET, SOCK_RAW, 6},
    {"INET raw, all", AF_INET, SOCK_RAW, 255}, {"INET6 raw, ICMP", AF_INET6, SOCK_RAW, 58},
    {"INET packet", AF_INET, 10, 0x0300},
};

static void open_family(const struct probe *probe)
{
    const struct family *wanted = &kFamilies[probe->number];
    const long result = socket(wanted->family, wanted->kind, wanted->protocol);
    if (result < 0 && errno == ESOCKTNOSUPPORT) blocked("ESOCKTNOSUPPORT");
    refused(result);
}

static void reach(const struct probe *probe)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)probe->number)};
    inet_pton(AF_INET, probe->text, &address.sin_addr);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) succeeded("connected");
    if (errno == ENETUNREACH || errno == EHOSTUNREACH) blocked("%s", strerrorname_np(errno));
    succeeded("there is somebody to say %s", strerrorname_np(errno));
}

static void reach_loopback(const struct probe *probe)
{
    if (dial_loopback((unsigned)probe->number) < 0) blocked("%s", strerrorname_np(errno));
    succeeded("connected");
}

static void reach6(const struct probe *probe)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    inet_pton(AF_INET6, probe->text, &address.sin6_addr);
    const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) refused(-1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) succeeded("connected");
    blocked("%s", strerrorname_np(errno));
}

static void send_datagram(const struct probe *probe)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
    inet_pton(AF_INET, probe->text, &address.sin_addr);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof address) == 1) succeeded("sent");
    blocked("%s", strerrorname_np(errno));
}

static void bring_up(const struct probe *probe)
{
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "lo");
    request.ifr_flags = 0;
    refused(ioctl(socket(AF_INET, SOCK_DGRAM, 0), (unsigned long)probe->number, &request));
}

/* Sends a request such as RTM_NEWROUTE or RTM_NEWLINK. */
static void by_netlink(const struct probe *probe)
{
    struct { struct nlmsghdr head; char body[64]; } message = {0};
    message.head = (struct nlmsghdr){sizeof message, (uint16_t)probe->number,
                                     NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 1, 0};
    message.body[0] = AF_INET;
    const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    if (fd < 0) refused(-1);
    char answer[512];
    if (send(fd, &message, sizeof message, 0) < 0) refused(-1);
    const ssize_t count = recv(fd, answer, sizeof answer, 0);
    const struct nlmsghdr *head = (const struct nlmsghdr *)answer;
    if (count < (ssize_t)sizeof *head || head->nlmsg_type != NLMSG_ERROR) succeeded("no error");
    int32_t error;
    memcpy(&error, answer + sizeof *head, sizeof error);
    errno = -error;
    refused(error == 0 ? 0 : -1);
}

static void other_netlink(const struct probe *probe)
{
    const int fd = socket(AF_NETLINK, SOCK_RAW, (int)probe->number);
    if (fd < 0) refused(-1);
    struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = 1};
    if (probe->number == NETLINK_KOBJECT_UEVENT) {
        if (bind(fd, (struct sockaddr *)&group, sizeof group) != 0) refused(-1);
        harmless("events of this network namespace, in which there is no device");
    }
    struct nlmsghdr head = {sizeof head, 1000, NLM_F_REQUEST | NLM_F_ACK, 1, 0};
    if (send(fd, &head, sizeof head, 0) < 0) refused(-1);
    char answer[512];
    const ssize_t count = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    if (count < 20) harmless("opens, and answers nothing");
    int32_t error;
    memcpy(&error, answer + sizeof head, sizeof error);
    if (is_refusal(-error)) blocked("%s", strerrorname_np(-error));
    succeeded("answers %s", strerrorname_np(-error));
}

/* A listener on the wrapper's port would get the traffic of the agent's programs. */
static void take_port(const struct probe *probe)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)probe->number)};
    if (probe->text[0] == '1') address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 8) == 0)
        succeeded("listens on the wrapper's port");
    if (errno != EADDRINUSE) refused(-1);
    blocked("EADDRINUSE");
}

/* Every name in the abstract space of this network namespace. */
static void abstract_sockets(const struct probe *probe)
{
    (void)probe;
    FILE *table = fopen("/proc/net/unix", "re");
    char line[512];
    int names = 0;
    while (table != NULL && fgets(line, sizeof line, table) != NULL) {
        const char *name = strchr(line, '@');
        if (name == NULL) continue;
        names++;
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        const size_t length = strcspn(name, "\n");
        memcpy(address.sun_path, name, length);
        address.sun_path[0] = '\0';
        const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address,
                    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0)
            succeeded("connects to %.40s", name);
        close(fd);
    }
    blocked("%d names, none that lets us in", names);
}

static void forged_credentials(const struct probe *probe)
{
    int ends[2];
    const int fd = probe->number == 0 ? dial_agent_socket()
                   : socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0 ? ends[0] : -1;
    if (fd < 0) succeeded("no socket");
    const struct ucred root = {1, 0, 0};
    char control[CMSG_SPACE(sizeof root)] = {0};
    struct iovec data = {"\n", 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){CMSG_LEN(sizeof root), SOL_SOCKET, SCM_CREDENTIALS};
    memcpy(CMSG_DATA(head), &root, sizeof root);
    refused(sendmsg(fd, &message, 0));
}

static void connect_path(const struct probe *probe)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", probe->text);
    const int fd = socket(AF_UNIX, (int)probe->number, 0);
    refused_or_missing(connect(fd, (struct sockaddr *)&address, sizeof address));
}

void add_network_probes(void)
{
    for (size_t i = 0; i < sizeof kFamilies / sizeof *kFamilies; i++)
        add("socket", open_family, (long)i, kFamilies[i].name);
    static const struct { const char *address; long port; } places[] = {
        {"169.254.169.254", 80}, {"169.254.170.2", 80}, {"172.17.0.1", 2375}, {"172.17.0.1", 22},
        {"10.0.0.1", 443}, {"192.168.0.1", 80}, {"8.8.8.8", 53}, {"100.100.100.200", 80},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        add("connect to", reach, places[i].port, places[i].address);
    add("connect to", reach6, 0, "fd00:ec2::254");
    add("connect to", reach6, 0, "fe80::1");
    add("datagram to", send_datagram, 0, "8.8.8.8");
    add("datagram to", send_datagram, 0, "172.17.0.1");
    add("loopback:", reach_loopback, 6379, "Redis");
    add("loopback:", reach_loopback, 2375, "Docker");
    const char *neighbour = getenv("NEIGHBOUR_PORT");
    if (neighbour != NULL)
        add("loopback:", reach_loopback, atol(neighbour), "a server of this machine");
    add("interface down", bring_up, SIOCSIFFLAGS, NULL);
    add("interface address", bring_up, SIOCSIFADDR, NULL);
    add("netlink new link", by_netlink, 16, NULL);
    add("netlink new address", by_netlink, 20, NULL);
    add("netlink new route", by_netlink, 24, NULL);
    add("netlink new rule", by_netlink, 32, NULL);
    add("netlink audit", other_netlink, NETLINK_AUDIT, NULL);
    add("netlink netfilter", other_netlink, NETLINK_NETFILTER, NULL);
    add("netlink uevent", other_netlink, NETLINK_KOBJECT_UEVENT, NULL);
    add("take the wrapper's port", take_port, model_port(), "127.0.0.1");
    add("take the wrapper's port", take_port, model_port(), "every address");
    add("abstract sockets", abstract_sockets, 0, NULL);
    add("forged credentials at the agent's socket", forged_credentials, 0, NULL);
    add("forged credentials between ourselves", forged_credentials, 1, NULL);
    static const char *const sockets[] = {
        "/.worker/control/bus.sock", "/.worker/control/api.sock", "/.worker/control/model.sock",
        "/.worker/control/git.sock", "/.worker/control/egress.sock",
        "/proc/1/root/.worker/control/bus.sock", "/var/run/docker.sock", "/run/docker.sock",
        "/run/containerd/containerd.sock", "/run/crio/crio.sock", "/run/podman/podman.sock",
        "/run/systemd/private", "/run/dbus/system_bus_socket", "/var/run/redis/redis.sock",
    };
    for (size_t i = 0; i < sizeof sockets / sizeof *sockets; i++)
        add("connect to", connect_path, SOCK_STREAM, sockets[i]);
}
