/* The relays: the daemon answers behind them, with keys and repositories that are not ours.
 * NEIGHBOUR_PORT is a server on the daemon's loopback that gives a secret to any client. */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define kModel model_port()
#define kGit git_port()
#define kEgress egress_port()

static char answer[1 << 16];

static void put_request(int fd, const char *format)
{
    char line[1024], *at = line;
    const char *port = getenv("NEIGHBOUR_PORT");
    for (; *format && at < line + 900; format++) {
        if (*format == '#') at += sprintf(at, "%s", port ? port : "1");
        else *at++ = *format;
    }
    if (send(fd, line, (size_t)(at - line), MSG_NOSIGNAL) < 0) succeeded("%s", strerrorname_np(errno));
}

/* The status of the answer; 0: the connection ended without one. */
static long ask(unsigned port, const char *request)
{
    const int fd = dial_loopback(port);
    if (fd < 0) succeeded("no relay: %s", strerrorname_np(errno));
    put_request(fd, request);
    put_request(fd, " HTTP/1.1\r\nHost: 127.0.0.1:#\r\nConnection: close\r\n\r\n");
    const struct timeval patience = {20, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    size_t size = 0;
    for (ssize_t count; size < sizeof answer - 1; size += (size_t)count)
        if ((count = recv(fd, answer + size, sizeof answer - 1 - size, 0)) <= 0) break;
    answer[size] = '\0';
    if (holds_canary(answer, size)) succeeded("the secret is in the answer");
    long status = 0;
    sscanf(answer, "HTTP/1.%*d %ld", &status);
    return status;
}

static void must_be_refused(const struct probe *probe)
{
    const long status = ask((unsigned)probe->number, probe->text);
    if (status >= 200 && status < 400) succeeded("%.100s", answer);
    blocked(status ? "answered %ld" : "ended without an answer (%ld)", status);
}

static void must_hold_nothing(const struct probe *probe)
{
    const long status = ask((unsigned)probe->number, probe->text);
    harmless("answered %ld, no secret in it", status);
}

/* Runs the image's git against our repository and against others. */
static int git(const char *command)
{
    char line[1024];
    snprintf(line, sizeof line, "exec >/dev/null 2>&1; cd /tmp && %s", command);
    const pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void clone_repository(const struct probe *probe)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf c && git clone http://forge.worker/%s c", probe->text);
    const int code = git(command);
    if (code != 0) blocked("git exits %d", code);
    succeeded("cloned");
}

static void push_branch(const struct probe *probe)
{
    char command[512];
    if (git("rm -rf p && git clone http://forge.worker/shop.git p && cd p && "
            "git commit -q --allow-empty -m x") != 0)
        succeeded("our own repository cannot be cloned: nothing is proven");
    snprintf(command, sizeof command, "cd p && git push --force origin %s", probe->text);
    const int code = git(command);
    if (code != 0) blocked("git exits %d", code);
    if (probe->number) harmless("the branch that is ours to push");
    succeeded("pushed");
}

static void left_open(const struct probe *probe)
{
    const int fd = dial_loopback((unsigned)probe->number);
    if (fd < 0) succeeded("no relay");
    if (strcmp(probe->text, "reset") == 0) {
        const struct linger none = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        put_request(fd, "GET / HTTP/1.1\r\n");
        close(fd);
    } else if (strcmp(probe->text, "half closed") == 0) {
        put_request(fd, "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n");
        shutdown(fd, SHUT_WR);
    } else if (strcmp(probe->text, "garbage") == 0) {
        static char noise[1 << 20];
        memset(noise, 0xfe, sizeof noise);
        while (send(fd, noise, sizeof noise, MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
        }
    }
    if (wrapper_answers() < 0) succeeded("the wrapper no longer answers");
    blocked("of no consequence");
}

void add_relay_probes(void)
{
    static const char *const git_paths[] = {
        "GET /other.git/info/refs?service=git-upload-pack", "GET /other.git/HEAD",
        "GET /shop.git/../other.git/info/refs?service=git-upload-pack",
        "GET /shop.git/%2e%2e/other.git/HEAD", "GET //other.git/HEAD", "GET /../../token",
        "GET /shop.git/config", "GET /shop.git/../../orchestrator.db", "GET /etc/passwd",
        "GET http://127.0.0.1:#/secret", "CONNECT 127.0.0.1:#", "DELETE /shop.git",
        "GET /shop.git/info/refs?service=git-upload-archive",
        "POST /other.git/git-receive-pack",
    };
    for (size_t i = 0; i < sizeof git_paths / sizeof *git_paths; i++)
        add("git relay:", must_be_refused, kGit, git_paths[i]);
    static const char *const model_paths[] = {
        "GET http://127.0.0.1:#/secret", "CONNECT 127.0.0.1:#", "GET /../secret",
        "GET //127.0.0.1:#/secret", "GET @127.0.0.1:#/secret", "OPTIONS *",
    };
    for (size_t i = 0; i < sizeof model_paths / sizeof *model_paths; i++)
        add("model relay:", must_hold_nothing, kModel, model_paths[i]);
    /* inside.test is an allowed name that resolves to the daemon's loopback. */
    static const char *const egress_targets[] = {
        "CONNECT 127.0.0.1:#", "CONNECT inside.test:#", "CONNECT inside.test.:#",
        "CONNECT INSIDE.test:#", "CONNECT localhost:#", "CONNECT 127.1:#", "CONNECT 2130706433:#",
        "CONNECT 0x7f000001:#", "CONNECT 0x7f.1:#", "CONNECT 0177.0.0.1:#", "CONNECT 0:#",
        "CONNECT [::1]:#", "CONNECT [::ffff:127.0.0.1]:#", "CONNECT [::]:#",
        "CONNECT [64:ff9b::7f00:1]:#", "CONNECT [2002:7f00:1::]:#", "CONNECT 169.254.169.254:80",
        "CONNECT metadata.google.internal:80", "CONNECT [fd00:ec2::254]:80",
        "CONNECT x@127.0.0.1:#", "CONNECT inside.test:#@127.0.0.1:#", "CONNECT 127.0.0.1:#/",
        "CONNECT http://127.0.0.1:#", "GET http://127.0.0.1:#/secret",
        "GET http://inside.test:#/secret", "GET http://inside.test:#@127.0.0.1:#/secret",
        "GET http://127.1:#/secret", "GET http://[::1]:#/secret",
        "POST http://inside.test:#/secret", "GET http://169.254.169.254/latest/meta-data/",
        "GET ftp://127.0.0.1:#/secret", "GET file:///etc/passwd", "GET //127.0.0.1:#/secret x",
    };
    for (size_t i = 0; i < sizeof egress_targets / sizeof *egress_targets; i++)
        add("egress relay:", must_be_refused, kEgress, egress_targets[i]);
    add("clone", clone_repository, 0, "other.git");
    add("clone", clone_repository, 0, "shop.git/../other.git");
    add("push to", push_branch, 0, "HEAD:refs/heads/main");
    add("push to", push_branch, 0, "HEAD:refs/heads/task/t-2");
    add("push to", push_branch, 0, "HEAD:refs/tags/v1");
    add("push to", push_branch, 0, ":refs/heads/main");
    add("push to", push_branch, 1, "HEAD:refs/heads/task/t-1");
    static const char *const ways[] = {"reset", "half closed", "garbage", "nothing said"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        add("model relay,", left_open, kModel, ways[i]);
        add("git relay,", left_open, kGit, ways[i]);
        add("egress relay,", left_open, kEgress, ways[i]);
    }
}
