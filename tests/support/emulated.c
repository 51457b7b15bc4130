// Stands in for a program of another machine type and runs it under qemu's user emulation
// (ci/aarch64). EMULATOR and PROGRAM are their paths.
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
    char* line[argc + 2];
    line[0] = EMULATOR;
    line[1] = PROGRAM;
    for (int i = 1; i <= argc; ++i)  // includes the final null pointer
        line[i + 1] = argv[i];
    // The emulator does not know this call, but the process keeps the attribute across execve.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) execve(EMULATOR, line, environ);
    perror(EMULATOR);
    return 127;
}
