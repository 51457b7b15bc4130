/* Stands in for worker-wrapper in tests of the manager only. The test itself sends the worker's
 * messages on the bus. AGENT_COMMAND says what to do:
 *
 *   exit N   at once
 *   until    waits for the file "end" in STATE_DIR, which holds the exit code
 *   stubborn the same, and ignores TERM
 *   eat N    takes N MiB of memory, then as "until"
 *   fork N   tries to have N children, then as "until"
 *   fill N   writes N MiB to the workspace as AGENT_UID, then as "until"
 *
 * TERM ends it with 143. The file "environment" in STATE_DIR holds its environment, line by line.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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
    const char *state = getenv("STATE_DIR");
    snprintf(path, sizeof path, "%s/end", state != NULL ? state : ".");
    while (1) {
        FILE *file = fopen(path, "r");
        int code = 0;
        if (file != NULL && fscanf(file, "%d", &code) == 1) return code;
        if (file != NULL) fclose(file);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

static void eat(int mebibytes)
{
    for (int i = 0; i < mebibytes; i++) {
        volatile char *block = malloc(1 << 20);
        for (size_t at = 0; block != NULL && at < (1u << 20); at += 4096)
            block[at] = 1;
    }
}

static void fork_all(int count)
{
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        if (child < 0) break;
        while (child == 0)
            pause();
    }
}

static void fill(int mebibytes)
{
    static char block[1 << 20];
    char path[4096];
    uid_t uid = (uid_t)atoi(getenv("AGENT_UID"));
    pid_t child = fork();
    if (child != 0) {
        waitpid(child, NULL, 0);
        return;
    }
    if (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0) _exit(1);
    snprintf(path, sizeof path, "%s/filled", getenv("WORKSPACE_DIR"));
    FILE *file = fopen(path, "w");
    memset(block, 1, sizeof block);
    for (int i = 0; file != NULL && i < mebibytes; i++)
        fwrite(block, 1, sizeof block, file);
    if (file != NULL) fclose(file);
    _exit(0);
}

int main(void)
{
    const char *what = getenv("AGENT_COMMAND");
    if (what == NULL) return 120;
    note_environment();
    fprintf(stderr, "the stand-in does: %s\n", what);
    if (strncmp(what, "exit ", 5) == 0) return atoi(what + 5);
    signal(SIGTERM, strcmp(what, "stubborn") == 0 ? SIG_IGN : end);
    if (strncmp(what, "eat ", 4) == 0) eat(atoi(what + 4));
    if (strncmp(what, "fork ", 5) == 0) fork_all(atoi(what + 5));
    if (strncmp(what, "fill ", 5) == 0) fill(atoi(what + 5));
    return wait_for_end();
}
