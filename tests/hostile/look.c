/* Helpers of the probes: the search for secrets, and checks of the wrapper's sockets and ports. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { kDigits = 32, kAnswerPatienceMs = 20000 };

/* Obfuscated, so that the search does not find this program itself. */
static const char kMark[] = {'c' ^ 1, 'a' ^ 1, 'n' ^ 1, 'a' ^ 1, 'r' ^ 1, 'y' ^ 1, '-' ^ 1};

static int is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static int begins_canary(const char *at)
{
    for (size_t i = 0; i < sizeof kMark; i++)
        if (at[i] != (kMark[i] ^ 1)) return 0;
    for (size_t i = 0; i < kDigits; i++)
        if (!is_hex(at[sizeof kMark + i])) return 0;
    return 1;
}

int holds_canary(const char *bytes, size_t size)
{
    const size_t whole = sizeof kMark + kDigits;
    for (size_t i = 0; i + whole <= size; i++)
        if (bytes[i] == (kMark[0] ^ 1) && begins_canary(bytes + i)) return 1;
    return 0;
}

size_t search(int fd, const char *where)
{
    static char bytes[1 << 16];
    const size_t overlap = sizeof kMark + kDigits;
    size_t kept = 0, total = 0;
    while (total < (64u << 20)) {
        const ssize_t count = read(fd, bytes + kept, sizeof bytes - kept);
        if (count <= 0) break;
        total += (size_t)count;
        const size_t size = kept + (size_t)count;
        if (holds_canary(bytes, size)) succeeded("the secret is in %s", where);
        kept = size < overlap ? size : overlap;
        memmove(bytes, bytes + size - kept, kept);
    }
    memset(bytes, 0, sizeof bytes);
    return total;
}

static const char *joined(const char *directory, const char *rest)
{
    char *whole;
    if (asprintf(&whole, "%s%s", directory, rest) < 0) abort();
    return whole;
}

const char *at(const char *path)
{
    static const char kProc[] = "/proc/1";
    static const struct { const char *inside, *variable, *below; } kPlaces[] = {
        {"/.worker/bin", "HOSTILE_BIN", ""},      {"/.worker/run", "HOSTILE_RUN", ""},
        {"/.worker", "HOSTILE_WORKER", ""},       {"/workspace", "HOSTILE_WORKER", "/workspace"},
        {"/home/worker", "HOSTILE_WORKER", "/home"}, {"/.data", "HOSTILE_DATA", ""},
    };
    if (getenv("HOSTILE_WORKER") == NULL) return path;
    for (size_t i = 0; i < sizeof kPlaces / sizeof *kPlaces; i++) {
        const size_t length = strlen(kPlaces[i].inside);
        if (strncmp(path, kPlaces[i].inside, length) != 0) continue;
        if (path[length] != '\0' && path[length] != '/') continue;
        return joined(joined(getenv(kPlaces[i].variable), kPlaces[i].below), path + length);
    }
    if (strncmp(path, kProc, sizeof kProc - 1) != 0 || path[sizeof kProc - 1] != '/') return path;
    const char *rest = path + sizeof kProc - 1;
    char process[32];
    snprintf(process, sizeof process, "/proc/%d", wrapper_pid());
    if (strncmp(rest, "/root/", 6) == 0) rest = joined("/root", at(rest + 5));
    return joined(process, rest);
}

/* The first call comes from the agent itself, whose parent is the wrapper. */
int wrapper_pid(void)
{
    static int pid;
    if (pid == 0) pid = getenv("HOSTILE_WORKER") == NULL ? 1 : getppid();
    return pid;
}

/* The port after the last colon in the variable `name`. */
static unsigned port_in(const char *name, unsigned usual)
{
    const char *value = getenv(name), *colon = value ? strrchr(value, ':') : NULL;
    return colon ? (unsigned)atoi(colon + 1) : usual;
}

unsigned model_port(void)
{
    return port_in("ANTHROPIC_BASE_URL", 7081);
}

unsigned git_port(void)
{
    return port_in("GIT_CONFIG_KEY_0", 7082);
}

unsigned egress_port(void)
{
    return port_in("HTTPS_PROXY", 7080);
}

int dial_agent_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("ORCHESTRATOR_SOCKET");
    if (path == NULL || strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct timeval patience = {kAnswerPatienceMs / 1000, 0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

ssize_t read_line(int fd, char *answer, size_t size, int timeout_ms)
{
    size_t at = 0;
    while (at + 1 < size) {
        struct pollfd waiting = {fd, POLLIN, 0};
        if (poll(&waiting, 1, timeout_ms) != 1) return -1;
        const ssize_t count = read(fd, answer + at, size - 1 - at);
        if (count <= 0) break;
        at += (size_t)count;
        if (memchr(answer + at - count, '\n', (size_t)count) != NULL) break;
    }
    answer[at] = '\0';
    return at == 0 ? -1 : (ssize_t)at;
}

ssize_t ask_agent_socket(const char *line, char *answer, size_t size)
{
    const int fd = dial_agent_socket();
    if (fd < 0) return -1;
    const size_t length = strlen(line);
    ssize_t got = -1;
    if (write(fd, line, length) == (ssize_t)length)
        got = read_line(fd, answer, size, kAnswerPatienceMs);
    close(fd);
    return got;
}

int dial_loopback(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    close(fd);
    return -1;
}
