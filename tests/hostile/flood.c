/* More of everything than the wrapper has room for. It may make us wait, but must not die. */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char kFollow[] = "{\"command\":\"engineering.wait\",\"action\":\"follow\","
                              "\"task_id\":\"none\",\"wait_ms\":0}\n";
static const char kRefused[] = "{\"command\":\"nothing.at.all\",\"action\":\"api\"}\n";

static void say_how(const char *what, long count)
{
    const long taken = wrapper_answers();
    if (taken < 0) succeeded("the wrapper no longer answers after %ld %s", count, what);
    harmless("%ld %s, and it answers after %ld ms", count, what, taken);
}

static int dial_at_once(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", getenv("ORCHESTRATOR_SOCKET"));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    close(fd);
    return -1;
}

static void many_callers(const struct probe *probe)
{
    static int held[1000];
    long in = 0;
    for (int i = 0; i < 1000; i++) {
        held[i] = dial_at_once();
        if (held[i] >= 0) {
            in++;
            if (probe->number) (void)!send(held[i], "{\"comm", 7, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    }
    for (int i = 0; i < 1000; i++) close(held[i]);
    say_how("of 1000 callers let in at a time", in);
}

static void churn(const struct probe *probe)
{
    (void)probe;
    long done = 0;
    for (int i = 0; i < 5000; i++) {
        const int fd = dial_at_once();
        if (fd < 0) continue;
        done++;
        close(fd);
    }
    say_how("callers came and went", done);
}

/* Sends requests for as long as they are accepted, and never reads an answer. */
static void never_reads(const struct probe *probe)
{
    const char *line = probe->number ? kFollow : kRefused;
    const size_t size = strlen(line);
    const int fd = dial_agent_socket();
    long asked = 0;
    struct pollfd room = {fd, POLLOUT, 0};
    while (asked < 200000 && poll(&room, 1, 500) == 1) {
        if (send(fd, line, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size) break;
        asked++;
    }
    say_how("requests whose answers nobody took", asked);
}

static void follow_again_and_again(const struct probe *probe)
{
    (void)probe;
    static char answer[4096];
    long done = 0;
    const int fd = dial_agent_socket();
    for (; done < 300; done++)
        if (write(fd, kFollow, sizeof kFollow - 1) < 0 ||
            read_line(fd, answer, sizeof answer, 20000) < 0)
            break;
    say_how("requests, each of which dials the bus", done);
}

static void great_lines(const struct probe *probe)
{
    static char bytes[1 << 16];
    memset(bytes, 'a', sizeof bytes);
    int held[16];
    long sent = 0;
    for (int i = 0; i < 16; i++) {
        held[i] = dial_at_once();
        for (size_t size = 0; held[i] >= 0 && size < (size_t)probe->number; size += sizeof bytes) {
            struct pollfd room = {held[i], POLLOUT, 0};
            if (poll(&room, 1, 2000) != 1) break;
            const ssize_t count = send(held[i], bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (count < 0) break;
            sent += count;
        }
    }
    for (int i = 0; i < 16; i++) close(held[i]);
    say_how("bytes of lines without an end", sent);
}

static void many_relayed(const struct probe *probe)
{
    static int held[1000];
    long in = 0;
    for (int i = 0; i < 1000; i++) {
        struct sockaddr_in { uint16_t family, port; uint32_t address; char rest[8]; } address = {
            AF_INET, (uint16_t)((probe->number >> 8) | (probe->number << 8)), 0x0100007f, {0}};
        held[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connect(held[i], (struct sockaddr *)&address, sizeof address) == 0 ||
            errno == EINPROGRESS)
            in++;
    }
    const long taken = wrapper_answers();
    for (int i = 0; i < 1000; i++) close(held[i]);
    if (taken < 0) succeeded("the wrapper does not answer while they are held");
    say_how("connections held", in);
}

static void write_much(const struct probe *probe)
{
    static char bytes[1 << 20];
    memset(bytes, probe->text[0] == 'l' ? 'x' : 0xff, sizeof bytes);
    const int fd = (int)probe->number;
    long mebibytes = 0;
    for (; mebibytes < 200; mebibytes++)
        for (size_t at = 0; at < sizeof bytes;) {
            const ssize_t count = write(fd, bytes + at, sizeof bytes - at);
            if (count < 0) succeeded("%s", strerrorname_np(errno));
            at += (size_t)count;
        }
    (void)!write(fd, "\n", 1);
    say_how("mebibytes printed", mebibytes);
}

/* Prints forged result blocks before the work is done. */
static void forged_results(const struct probe *probe)
{
    (void)probe;
    static const char result[] = "<result>{\"status\":\"success\",\"summary\":\"forged\"}</result>\n";
    long count = 0;
    for (; count < 20000; count++)
        if (write(STDOUT_FILENO, result, sizeof result - 1) < 0) break;
    say_how("results forged: the exit code is this worker's verdict", count);
}

static void all_descriptors(const struct probe *probe)
{
    (void)probe;
    long open_here = 0;
    const struct rlimit few = {4096, 4096};
    setrlimit(RLIMIT_NOFILE, &few);
    for (int i = 0; i < 8; i++) {
        if (fork() != 0) continue;
        while (open("/dev/null", O_RDONLY) >= 0) {
        }
        for (;;) pause();
    }
    while (open("/dev/null", O_RDONLY) >= 0) open_here++;
    close(3);
    close(4);
    say_how("descriptors, in each of nine processes", open_here);
}

static void pipes_and_watches(const struct probe *probe)
{
    (void)probe;
    long count = 0;
    static char bytes[1 << 16];
    for (int ends[2]; count < 400 && pipe2(ends, O_NONBLOCK) == 0; count++)
        (void)!write(ends[1], bytes, sizeof bytes);
    say_how("full pipes", count);
}

void add_flood_probes(void)
{
    add("socket: a thousand callers", many_callers, 0, NULL);
    add("socket: a thousand half requests", many_callers, 1, NULL);
    add("socket: callers that come and go", churn, 0, NULL);
    add("socket: answers never taken", never_reads, 0, NULL);
    add("socket: answers of the bus never taken", never_reads, 1, NULL);
    add("socket: follow and follow", follow_again_and_again, 0, NULL);
    add("socket: sixteen lines of almost 4 MiB", great_lines, (4 << 20) - (1 << 17), NULL);
    add("socket: sixteen lines of more than 4 MiB", great_lines, 5 << 20, NULL);
    add("relay: a thousand connections to the model", many_relayed, model_port(), NULL);
    add("relay: a thousand connections to git", many_relayed, git_port(), NULL);
    add("relay: a thousand connections to the outside", many_relayed, egress_port(), NULL);
    add("output, lines", write_much, STDOUT_FILENO, "l");
    add("output, no text and no end", write_much, STDOUT_FILENO, "b");
    add("errors, no text and no end", write_much, STDERR_FILENO, "b");
    add("output: forged results", forged_results, 0, NULL);
    add("all descriptors", all_descriptors, 0, NULL);
    add("pipes of our user", pipes_and_watches, 0, NULL);
}
