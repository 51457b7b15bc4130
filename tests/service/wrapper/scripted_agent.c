// An agent that does what its prompt says, one verb and one number:
//
//   exit N      ends with that code          signal N   ends by that signal
//   orphans N   N processes that lose their parent and end, one after another
//   deaths N    N processes without a parent that end at the same moment
//   escapees N  N processes in sessions of their own; only KILL ends them and the agent
//   print N     N MiB without a line feed
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t must_fork(void) {
    for (;;) {
        const pid_t pid = fork();
        if (pid >= 0) return pid;
        usleep(1000);  // process limit: earlier ones are not reaped yet
    }
}

static void orphans(long count) {
    while (count-- > 0) {
        const pid_t parent = must_fork();
        if (parent == 0) {
            must_fork();
            _exit(0);
        }
        waitpid(parent, NULL, 0);
    }
}

static void stay_deaf(void) {
    for (int number = 1; number < NSIG; ++number)
        signal(number, SIG_IGN);
    for (;;)
        pause();
}

// Each child holds the pipe's reading end; the writing end closes when this process ends.
static void deaths(long count) {
    int ends[2], ready[2];
    if (pipe(ends) != 0 || pipe(ready) != 0) exit(99);
    for (long i = 0; i < count; ++i) {
        const pid_t parent = must_fork();
        if (parent == 0) {
            if (must_fork() != 0) _exit(0);
            close(ends[1]);
            char byte = 'x';
            if (write(ready[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 0) _exit(1);
            _exit(0);
        }
        waitpid(parent, NULL, 0);
    }
    for (char byte; count > 0 && read(ready[0], &byte, 1) == 1; --count)
        ;
}

static void escapees(long count) {
    int ready[2];
    if (pipe(ready) != 0) exit(99);
    for (long i = 0; i < count; ++i) {
        if (must_fork() != 0) continue;
        setsid();
        for (int number = 1; number < NSIG; ++number)
            signal(number, SIG_IGN);
        if (write(ready[1], "x", 1) != 1) _exit(1);
        stay_deaf();
    }
    for (char byte; count > 0 && read(ready[0], &byte, 1) == 1; --count)
        ;
    puts("ready");
    fflush(stdout);
    stay_deaf();
}

static void print(long mebibytes) {
    static char block[1 << 20];
    memset(block, 'x', sizeof block);
    while (mebibytes-- > 0)
        for (size_t at = 0; at < sizeof block;) {
            const ssize_t size = write(1, block + at, sizeof block - at);
            if (size <= 0) exit(98);
            at += (size_t)size;
        }
}

int main(void) {
    char verb[32];
    long number = 0;
    if (scanf("%31s %ld", verb, &number) != 2) return 97;
    if (strcmp(verb, "exit") == 0) return (int)number;
    if (strcmp(verb, "signal") == 0) {
        kill(getpid(), (int)number);
        pause();
    }
    if (strcmp(verb, "orphans") == 0) orphans(number);
    if (strcmp(verb, "deaths") == 0) deaths(number);
    if (strcmp(verb, "escapees") == 0) escapees(number);
    if (strcmp(verb, "print") == 0) print(number);
    puts("done");
    return 0;
}
