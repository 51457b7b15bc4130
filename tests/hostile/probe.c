#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMostProbes = 2000, kPatienceMs = 60000, kNoteSize = 240 };

static struct probe probes[kMostProbes];
static int probe_count;

/* A probe's verdict, in memory shared with the main program. */
struct verdict {
    char word[16];
    char note[kNoteSize];
};
static struct verdict *verdict;

void add(const char *name, void (*run)(const struct probe *), long number, const char *text)
{
    if (probe_count == kMostProbes) abort();
    char *whole;
    if (asprintf(&whole, "%s%s%s", name, text ? " " : "", text ? text : "") < 0) abort();
    probes[probe_count++] = (struct probe){whole, run, number, text ? at(text) : NULL};
}

static void end(const char *word, const char *format, va_list arguments)
{
    vsnprintf(verdict->note, sizeof verdict->note, format, arguments);
    snprintf(verdict->word, sizeof verdict->word, "%s", word);
    _exit(0);
}

_Noreturn void blocked(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    end("blocked", format, arguments);
    abort();
}

_Noreturn void harmless(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    end("harmless", format, arguments);
    abort();
}

_Noreturn void succeeded(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    end("SUCCEEDED", format, arguments);
    abort();
}

int is_refusal(int error)
{
    return error == EPERM || error == EACCES || error == ENOSYS || error == EROFS ||
           error == EAFNOSUPPORT || error == EPROTONOSUPPORT || error == EOPNOTSUPP;
}

int is_missing(int error)
{
    return error == ENOENT || error == ENODEV || error == ENXIO || error == ENOTDIR ||
           error == ESRCH;
}

_Noreturn void refused(long result)
{
    const int error = errno;
    if (result >= 0) succeeded("went through (%ld)", result);
    if (is_refusal(error)) blocked("%s", strerrorname_np(error));
    succeeded("was let in as far as %s", strerrorname_np(error));
}

_Noreturn void refused_or_missing(long result)
{
    const int error = errno;
    if (result < 0 && is_missing(error)) blocked("not there: %s", strerrorname_np(error));
    errno = error;
    refused(result);
}

static void clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ') *text = ' ';
}

static void judge_end(int status)
{
    if (verdict->word[0]) return;
    snprintf(verdict->word, sizeof verdict->word, "SUCCEEDED");
    if (WIFSIGNALED(status))
        snprintf(verdict->note, kNoteSize, "the probe itself died of signal %d", WTERMSIG(status));
    else
        snprintf(verdict->note, kNoteSize, "the probe said nothing, exit %d", WEXITSTATUS(status));
}

/* Runs a probe with a time limit, and then kills its whole process group. */
static void run_probe(const struct probe *probe)
{
    memset(verdict, 0, sizeof *verdict);
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        probe->run(probe);
        _exit(9);
    }
    if (child < 0) {
        snprintf(verdict->word, sizeof verdict->word, "SUCCEEDED");
        snprintf(verdict->note, kNoteSize, "no process for the probe: %s", strerror(errno));
        return;
    }
    sigset_t end_of_child;
    sigemptyset(&end_of_child);
    sigaddset(&end_of_child, SIGCHLD);
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int status = 0;
    for (;;) {
        const pid_t found = waitpid(child, &status, WNOHANG);
        if (found == child) break;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((now.tv_sec - start.tv_sec) * 1000 > kPatienceMs) {
            kill(-child, SIGKILL);
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            verdict->word[0] = '\0';
            break;
        }
        const struct timespec moment = {1, 0};
        sigtimedwait(&end_of_child, NULL, &moment);
    }
    kill(-child, SIGKILL);
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
    judge_end(status);
}

long wrapper_answers(void)
{
    struct timespec start, now;
    char answer[512];
    clock_gettime(CLOCK_MONOTONIC, &start);
    const ssize_t size = ask_agent_socket("{\"command\":\"infra.servers\",\"action\":\"api\","
                                          "\"method\":\"GET\",\"path\":\"/api/servers\"}\n",
                                          answer, sizeof answer);
    if (size <= 0 || strstr(answer, "ermission") == NULL) return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
}

static void run_all(FILE *report)
{
    for (int i = 0; i < probe_count; i++) {
        run_probe(&probes[i]);
        clean(verdict->note);
        fprintf(report, "%s\t%s\t%s\t%ld\n", probes[i].name, verdict->word, verdict->note,
                wrapper_answers());
        fflush(report);
    }
}

static void add_everything_quiet(void)
{
    add_proc_probes();
    add_signal_probes();
    add_process_probes();
    add_privilege_probes();
    add_kernel_probes();
    add_mount_probes();
    add_network_probes();
    add_file_probes();
    add_neighbour_probes();
    add_machine_probes();
    add_door_probes();
    add_relay_probes();
}

/* The task is one word, from the argument or else from the prompt. */
int main(int count, char **arguments)
{
    char word[64] = "";
    if (count > 1) snprintf(word, sizeof word, "%s", arguments[1]);
    else if (read(STDIN_FILENO, word, sizeof word - 1) < 0) return 2;
    word[strcspn(word, " \n")] = '\0';
    signal(SIGPIPE, SIG_IGN);
    sigset_t end_of_child;
    sigemptyset(&end_of_child);
    sigaddset(&end_of_child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &end_of_child, NULL);
    verdict = mmap(NULL, sizeof *verdict, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FILE *report = fopen("report", "ae");
    if (verdict == MAP_FAILED || report == NULL) return 3;

    if (strcmp(word, "quiet") == 0) add_everything_quiet();
    else if (strcmp(word, "flood") == 0) add_flood_probes();
    else if (strcmp(word, "hoard") == 0) add_hoard_probes();
    else if (strcmp(word, "bomb") == 0) add_bomb_probes();
    else if (strcmp(word, "later") == 0) add_later_probes();
    else if (strcmp(word, "entered") == 0) add_entered_probes();
    else return 4;
    run_all(report);
    if (strcmp(word, "hoard") == 0) leave_escapees();
    return 0;
}
