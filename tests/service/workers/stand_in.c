/* Stands in for worker-wrapper where only the manager is under test. What the worker says on the
 * bus is said by the test. AGENT_COMMAND holds what to do:
 *
 *   exit N   at once
 *   until    waits for the file "end" in the workspace, which holds the exit code
 *   stubborn the same, and ignores TERM
 *
 * TERM ends it with 143.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void end(int signal)
{
    _exit(128 + signal);
}

static int wait_for_end(void)
{
    char path[4096];
    const char *workspace = getenv("WORKSPACE_DIR");
    snprintf(path, sizeof path, "%s/end", workspace != NULL ? workspace : "/workspace");
    while (1) {
        FILE *file = fopen(path, "r");
        int code = 0;
        if (file != NULL && fscanf(file, "%d", &code) == 1) return code;
        if (file != NULL) fclose(file);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

int main(void)
{
    const char *what = getenv("AGENT_COMMAND");
    if (what == NULL) return 120;
    fprintf(stderr, "the stand-in does: %s\n", what);
    if (strncmp(what, "exit ", 5) == 0) return atoi(what + 5);
    signal(SIGTERM, strcmp(what, "stubborn") == 0 ? SIG_IGN : end);
    return wait_for_end();
}
