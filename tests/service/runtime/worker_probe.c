/* Stands in for worker-wrapper in tests of the runtime only. PROBE holds the steps to carry out in
 * order, separated by ';':
 *   print TEXT, complain TEXT   one line on standard output, on standard error
 *   flood N        prints N lines
 *   environment    writes its environment to the file "environment" in the workspace
 *   socket         makes the agent's socket at ORCHESTRATOR_SOCKET
 *   fork N         as AGENT_UID, at most N children at a time; their number goes to "forked"
 *   spawn N        N children as AGENT_UID in own sessions; they ignore TERM, share-lock file "lock"
 *   tick           a child that adds a byte to the file "ticks" in the workspace every 2 ms
 *   ready          makes the file "ready" in the workspace
 *   eat N          takes N MiB of memory
 *   write PATH     exits with 3 if it can create the file
 *   wait           waits for TERM, then exits with 143
 *   ignore         ignores TERM, does "ready" and waits forever
 *   exit N         exits with N
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

static const char* required(const char* name) {
    const char* value = getenv(name);
    if (value == NULL) {
        fprintf(stderr, "%s is not set\n", name);
        exit(120);
    }
    return value;
}

static int in_workspace(const char* name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", required("WORKSPACE_DIR"), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        perror(path);
        exit(121);
    }
    return fd;
}

/* PID 1 cannot create files in the agent's directories, so this becomes the agent's user. */
static void become_agent(void) {
    uid_t uid = (uid_t)atoi(required("AGENT_UID"));
    if (geteuid() == 0 && (setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0)) {
        perror("setresuid");
        _exit(122);
    }
}

static void as_agent(void (*work)(void)) {
    pid_t child = fork();
    if (child == 0) {
        become_agent();
        work();
        _exit(0);
    }
    /* Other children that have ended are reaped and ignored. */
    while (waitpid(child, NULL, 0) != child) {
    }
}

static void write_environment(void) {
    int fd = in_workspace("environment");
    for (char** line = environ; *line != NULL; line++)
        dprintf(fd, "%s\n", *line);
}

static void make_ready(void) {
    close(in_workspace("ready"));
}

static void make_socket(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", required("ORCHESTRATOR_SOCKET"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, (struct sockaddr*)&address, sizeof address) != 0) {
        perror(address.sun_path);
        exit(123);
    }
}

static void spawn(int count) {
    for (int i = 0; i < count; i++) {
        int held[2];
        char byte;
        if (pipe(held) != 0) exit(124);
        pid_t child = fork();
        if (child == 0) {
            setsid();
            signal(SIGTERM, SIG_IGN);
            become_agent();
            if (flock(in_workspace("lock"), LOCK_SH) == 0) close(held[1]);
            close(held[0]);
            while (1)
                pause();
        }
        close(held[1]);
        while (read(held[0], &byte, 1) > 0) {
        }
        close(held[0]);
    }
}

static int most_children;

static void fork_all(void) {
    int count = 0;
    pid_t child = 0;
    while (count < most_children && (child = fork()) > 0)
        count++;
    if (child == 0 && count < most_children)
        while (1)
            pause();
    dprintf(in_workspace("forked"), "%d", count);
    kill(0, SIGKILL);
}

static void fork_as_agent(void) {
    setpgid(0, 0);
    fork_all();
}

static void tick(void) {
    if (fork() != 0) return;
    become_agent();
    int fd = in_workspace("ticks");
    while (write(fd, ".", 1) == 1)
        usleep(2000);
    _exit(0);
}

static void eat(size_t mebibytes) {
    for (size_t i = 0; i < mebibytes; i++) {
        volatile char* block = malloc(1 << 20);
        for (size_t at = 0; block != NULL && at < 1 << 20; at += 4096)
            block[at] = 1;
    }
}

static void end(int signal) {
    _exit(128 + signal);
}

static void carry_out(char* step) {
    while (*step == ' ')
        step++;
    char* argument = strchr(step, ' ');
    if (argument != NULL)
        *argument++ = '\0';
    else
        argument = "";
    if (strcmp(step, "print") == 0)
        printf("%s\n", argument), fflush(stdout);
    else if (strcmp(step, "complain") == 0)
        fprintf(stderr, "%s\n", argument);
    else if (strcmp(step, "flood") == 0) {
        for (int i = 0; i < atoi(argument); i++)
            printf("line %d\n", i);
        fflush(stdout);
    } else if (strcmp(step, "environment") == 0)
        as_agent(write_environment);
    else if (strcmp(step, "socket") == 0)
        make_socket();
    else if (strcmp(step, "spawn") == 0)
        spawn(atoi(argument));
    else if (strcmp(step, "fork") == 0)
        most_children = atoi(argument), as_agent(fork_as_agent);
    else if (strcmp(step, "tick") == 0)
        tick();
    else if (strcmp(step, "ready") == 0)
        as_agent(make_ready);
    else if (strcmp(step, "eat") == 0)
        eat((size_t)atoi(argument));
    else if (strcmp(step, "write") == 0) {
        if (open(argument, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0) exit(3);
    } else if (strcmp(step, "wait") == 0) {
        while (1)
            pause();
    } else if (strcmp(step, "ignore") == 0) {
        signal(SIGTERM, SIG_IGN);
        as_agent(make_ready);
        while (1)
            pause();
    } else if (strcmp(step, "exit") == 0)
        exit(atoi(argument));
    else
        exit(125);
}

int main(void) {
    signal(SIGTERM, end);
    char steps[4096];
    snprintf(steps, sizeof steps, "%s", required("PROBE"));
    char* rest = steps;
    for (char* step = strsep(&rest, ";"); step != NULL; step = strsep(&rest, ";"))
        carry_out(step);
    return 0;
}
