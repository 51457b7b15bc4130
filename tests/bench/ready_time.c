// From exec to the first blocking read, as the far side sees it, for several workers in turn.
//
//   ready_time SOCKET ROUNDS EACH -- PROGRAM ARGUMENT... [-- PROGRAM ARGUMENT...]...
//
// It is the far side itself: it listens on SOCKET and answers as an empty Redis would, until
// XREADGROUP ... BLOCK comes; then the worker is killed. Prints JSON as task_time does.
#include "tests/bench/resp.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>

extern char** environ;

enum { kPeers = 8, kWords = 24, kPatienceMs = 30000 };

struct command {
    char words[kWords][256];
    int count;
};

static void parse(const char* bytes, size_t size, struct command* command) {
    const char* at = bytes;
    const char* const end = bytes + size;
    command->count = 0;
    if (*at != '*') die("not a command");
    at = (const char*)memchr(at, '\n', size) + 1;
    while (at < end && command->count < kWords) {
        const long length = strtol(at + 1, NULL, 10);
        at = (const char*)memchr(at, '\n', (size_t)(end - at)) + 1;
        const size_t kept = length < 255 ? (size_t)length : 255;
        memcpy(command->words[command->count], at, kept);
        command->words[command->count++][kept] = '\0';
        at += length + 2;
    }
}

static int is(const struct command* command, const char* name) {
    return strcasecmp(command->words[0], name) == 0;
}

static int blocks(const struct command* command) {
    if (!is(command, "XREADGROUP")) return 0;
    for (int i = 1; i < command->count; ++i)
        if (strcasecmp(command->words[i], "BLOCK") == 0) return 1;
    return 0;
}

static void answer(int fd, const struct command* command) {
    char text[512];
    if (is(command, "XREADGROUP")) {  // nothing of its own is pending
        const char* stream = command->words[command->count - 2];
        snprintf(text, sizeof text, "*1\r\n*2\r\n$%zu\r\n%s\r\n*0\r\n", strlen(stream), stream);
    } else if (is(command, "XAUTOCLAIM")) {
        strcpy(text, "*3\r\n$3\r\n0-0\r\n*0\r\n*0\r\n");
    } else if (is(command, "XADD")) {
        strcpy(text, "$3\r\n1-1\r\n");
    } else if (is(command, "HSET") || is(command, "EXPIRE")) {
        strcpy(text, ":1\r\n");
    } else if (is(command, "HELLO")) {
        strcpy(text, "%3\r\n+server\r\n+redis\r\n+version\r\n+7.0.15\r\n+proto\r\n:3\r\n");
    } else if (is(command, "PING")) {
        strcpy(text, "+PONG\r\n");
    } else {
        strcpy(text, "+OK\r\n");
    }
    if (write(fd, text, strlen(text)) < 0) die("answer");
}

static pid_t start(char** argv, int nowhere) {
    const pid_t pid = vfork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(nowhere, 0);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        execve(argv[0], argv, environ);
        _exit(127);
    }
    if (pid < 0) die("vfork");
    return pid;
}

// Serves until a client blocks.
static void serve(int listening) {
    static struct incoming in[kPeers];
    static struct command command;
    struct pollfd fds[kPeers + 1] = {{listening, POLLIN, 0}};
    int count = 1;
    for (int done = 0; !done;) {
        if (poll(fds, (nfds_t)count, kPatienceMs) <= 0) die("the worker does not come");
        for (int i = 1; i < count; ++i) {
            if (fds[i].revents == 0) continue;
            if (!receive(fds[i].fd, &in[i - 1])) {  // a connection that was killed or closed
                close(fds[i].fd);
                fds[i].fd = -1;
                continue;
            }
            size_t end;
            while (in[i - 1].at < in[i - 1].size &&
                   (end = value_end(&in[i - 1], in[i - 1].at)) != 0) {
                parse(in[i - 1].bytes + in[i - 1].at, end - in[i - 1].at, &command);
                in[i - 1].at = end;
                if (blocks(&command)) done = 1;
                if (!done) answer(fds[i].fd, &command);
            }
        }
        if (!done && fds[0].revents != 0) {
            const int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
            if (fd < 0 || count > kPeers) die("accept");
            in[count - 1].at = in[count - 1].size = 0;
            fds[count++] = (struct pollfd){fd, POLLIN, 0};
        }
    }
    for (int i = 1; i < count; ++i)
        if (fds[i].fd >= 0) close(fds[i].fd);
}

static int64_t one_start(int listening, char** argv, int nowhere) {
    const int64_t begin = now_ns();
    const pid_t pid = start(argv, nowhere);
    serve(listening);
    const int64_t took = now_ns() - begin;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return took;
}

int main(int argc, char** argv) {
    char** programs[8];
    int count = 0;
    for (int i = 4; i < argc; ++i)
        if (strcmp(argv[i], "--") == 0 && count < 8) {
            programs[count++] = argv + i + 1;
            argv[i] = NULL;
        }
    const int rounds = argc > 4 ? atoi(argv[2]) : 0;
    const int each = argc > 4 ? atoi(argv[3]) : 0;
    if (count < 1 || rounds < 1 || each < 1) return 2;
    const struct sockaddr_un address = unix_address(argv[1]);
    const int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listening < 0 || bind(listening, (const struct sockaddr*)&address, sizeof address) != 0 ||
        listen(listening, 16) != 0)
        die(argv[1]);
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int total = rounds * each;
    int64_t* took = calloc((size_t)(count * total), sizeof *took);
    if (took == NULL || nowhere < 0) die("ready_time");
    for (int p = 0; p < count; ++p)
        one_start(listening, programs[p], nowhere);  // warm
    for (int n = 0; n < total; ++n)
        for (int p = 0; p < count; ++p)
            took[p * total + n] = one_start(listening, programs[p], nowhere);
    for (int p = 0; p < count; ++p)
        for (int n = 0; n < total; ++n)
            printf("%s%lld",
                   n % each ? ","
                   : n      ? "],["
                   : p      ? "]],[["
                            : "[[[",
                   (long long)took[p * total + n]);
    puts("]]]");
    unlink(argv[1]);
    return 0;
}
