// How long the kernel takes to kill everything and to hand over the dead: one kill(-1), one loop.
//
//   kill_time AGENT COUNT SECONDS    as PID 1 of a namespace of its own; prints nanoseconds
//
// AGENT is told "escapees COUNT" on its stdin and says "ready" on its stdout; SECONDS later it is killed. Processes that
// have slept for long take longer to kill than those that were just begun.
#include "tests/bench/resp.h"

#include <signal.h>
#include <sys/wait.h>

int main(int argc, char** argv) {
    if (argc != 4 || getpid() != 1) return 2;
    int input[2], output[2];
    if (pipe(input) != 0 || pipe(output) != 0) die("pipe");
    const pid_t agent = fork();
    if (agent < 0) die("fork");
    if (agent == 0) {
        dup2(input[0], 0);
        dup2(output[1], 1);
        execl(argv[1], argv[1], NULL);
        _exit(127);
    }
    close(input[0]);
    close(output[1]);
    dprintf(input[1], "escapees %s\n", argv[2]);
    close(input[1]);
    char said[16];
    if (read(output[0], said, sizeof said) < 5 || memcmp(said, "ready", 5) != 0) die(argv[1]);
    sleep((unsigned)atoi(argv[3]));
    const int64_t begin = now_ns();
    kill(-1, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
    printf("%lld\n", (long long)(now_ns() - begin));
    return 0;
}
