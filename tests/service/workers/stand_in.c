/* Stands in for worker-wrapper where only the manager is under test. What the worker says on the
 * bus is said by the test. AGENT_COMMAND holds what to do:
 *
 *   exit N   at once
 *   until    waits for the file "end" in the workspace, which holds the exit code
 *   stubborn the same, and ignores TERM
 *
 * TERM ends it with 143. The file "environment" in STATE_DIR holds what it was told, a line each.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void note_environment(void)
{
    char path[4096];
    const char *state = getenv("STATE_DIR");
    if (state == NULL) return;
    snprintf(path, sizeof path, "%s/environment.new", state);
    FILE *file = fopen(path, "w");
    if (file == NULL) return;
    for (char **variable = environ; *variable != NULL; ++variable)
        fprintf(file, "%s\n", *variable);
    fclose(file);
    char whole[4096];
    snprintf(whole, sizeof whole, "%s/environment", state);
    rename(path, whole);
}

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
    note_environment();
    fprintf(stderr, "the stand-in does: %s\n", what);
    if (strncmp(what, "exit ", 5) == 0) return atoi(what + 5);
    signal(SIGTERM, strcmp(what, "stubborn") == 0 ? SIG_IGN : end);
    return wait_for_end();
}
