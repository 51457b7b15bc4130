// Whole processes, from their start to their end, for several programs in turn.
//
//   spawn_time ROUNDS EACH -- EXIT_CODE PROGRAM ARGUMENT... [-- EXIT_CODE PROGRAM ARGUMENT...]...
//
// Each must end with its exit code; what it prints goes to /dev/null. Prints JSON: of each program
// the list of its rounds, of each round its samples as [nanoseconds, microseconds of CPU].
#include "tests/bench/resp.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char** environ;

struct program {
    int exit_code;
    char** argv;
};

struct sample {
    int64_t took;
    int64_t cpu;
};

static int64_t micros(struct timeval time) {
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static struct sample run(const struct program* program, int nowhere) {
    const int64_t begin = now_ns();
    const pid_t pid = vfork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(nowhere, 0);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        execve(program->argv[0], program->argv, environ);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) die(program->argv[0]);
    const int64_t took = now_ns() - begin;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != program->exit_code) {
        fprintf(stderr, "spawn_time: %s ended with status %d\n", program->argv[0], status);
        exit(1);
    }
    return (struct sample){took, micros(usage.ru_utime) + micros(usage.ru_stime)};
}

int main(int argc, char** argv) {
    struct program programs[16];
    int count = 0;
    for (int i = 3; i < argc; ++i)
        if (strcmp(argv[i], "--") == 0 && count < 16 && i + 2 < argc) {
            programs[count++] = (struct program){atoi(argv[i + 1]), argv + i + 2};
            argv[i] = NULL;
        }
    const int rounds = argc > 3 ? atoi(argv[1]) : 0;
    const int each = argc > 3 ? atoi(argv[2]) : 0;
    if (count < 1 || rounds < 1 || each < 1) return 2;
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int total = rounds * each;
    struct sample* samples = calloc((size_t)(count * total), sizeof *samples);
    if (nowhere < 0 || samples == NULL) die("spawn_time");
    for (int p = 0; p < count; ++p)
        run(&programs[p], nowhere);  // warm
    for (int n = 0; n < total; ++n)
        for (int p = 0; p < count; ++p)
            samples[p * total + n] = run(&programs[p], nowhere);
    for (int p = 0; p < count; ++p)
        for (int n = 0; n < total; ++n)
            printf("%s[%lld,%lld]",
                   n % each ? ","
                   : n      ? "],["
                   : p      ? "]],[["
                            : "[[[",
                   (long long)samples[p * total + n].took, (long long)samples[p * total + n].cpu);
    puts("]]]");
    return 0;
}
