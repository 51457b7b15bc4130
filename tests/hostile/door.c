/* The agent's socket: the wrapper acts with its own rights, so the probes ask it for objects of
 * others. FOREIGN_PROJECT and FOREIGN_TASK belong to another user and hold a secret. */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { kAnswer = 1 << 16, kLong = 5 << 20 };

static char answer[kAnswer];

/* %P and %T in a line stand for the foreign project and task. */
static char *filled(const char *text)
{
    const char *project = getenv("FOREIGN_PROJECT"), *task = getenv("FOREIGN_TASK");
    char *line = calloc(1, 4096);
    size_t at = 0;
    for (; *text && at < 3000; text++) {
        const char *insert = NULL;
        if (text[0] == '%' && text[1] == 'P') insert = project;
        if (text[0] == '%' && text[1] == 'T') insert = task;
        if (insert != NULL) {
            at += (size_t)snprintf(line + at, 4096 - at, "%s", insert);
            text++;
        } else {
            line[at++] = *text;
        }
    }
    line[at++] = '\n';
    return line;
}

static ssize_t ask(const char *text)
{
    const ssize_t size = ask_agent_socket(filled(text), answer, sizeof answer);
    if (size < 0) succeeded("the wrapper did not answer");
    if (holds_canary(answer, (size_t)size)) succeeded("the secret is in the answer");
    return size;
}

/* Must be refused by the wrapper, or by the API for lack of permission. */
static void must_be_refused(const struct probe *probe)
{
    ask(probe->text);
    if (strstr(answer, "\"ok\":false") != NULL) {
        const char *why = strstr(answer, "\"message\":");
        blocked("%.150s", why != NULL ? why + 10 : answer);
    }
    const char *status = strstr(answer, "\"status\":");
    const long code = status != NULL ? strtol(status + 9, NULL, 10) : 0;
    if (code >= 400 && code < 500) blocked("the API answers %ld", code);
    succeeded("%.150s", answer);
}

/* May be answered, but without anything that belongs to another user. */
static void must_hold_nothing(const struct probe *probe)
{
    ask(probe->text);
    if (strstr(answer, "\"ok\":false") != NULL) blocked("%.150s", answer);
    harmless("answered, and nothing of another's is in it: %.80s", answer);
}

#define CALL(command, method, path)                                                      \
    "{\"command\":\"" command "\",\"action\":\"api\",\"method\":\"" method "\",\"path\":\"" path \
    "\"}"
#define PUBLISH(command, stream, message)                                                  \
    "{\"command\":\"" command "\",\"action\":\"publish\",\"stream\":\"" stream               \
    "\",\"message\":" message "}"
#define TASK "\"version\":\"1\",\"correlation_id\":\"c\",\"timestamp\":\"2026-01-10T12:00:00Z\"," \
             "\"request_id\":\"r-forged\",\"task_id\":\"%T\",\"project_id\":\"%P\""
#define FOLLOW(command, task, rest) \
    "{\"command\":\"" command "\",\"action\":\"follow\",\"task_id\":\"" task "\"" rest "}"

static const char *const kRefused[] = {
    CALL("infra.servers", "GET", "/api/servers"),
    CALL("deploy.start", "POST", "/api/tasks"),
    CALL("*", "GET", "/api/projects/%P"),
    CALL("project.*", "GET", "/api/projects/%P"),
    CALL("", "GET", "/api/projects/%P"),
    CALL("PROJECT.GET", "GET", "/api/projects/%P"),
    CALL("project.get\\u0000", "GET", "/api/projects/%P"),
    CALL("project.get", "GET", "/api/projects/%P"),
    CALL("project.get", "DELETE", "/api/projects/%P"),
    CALL("project.get", "PATCH", "/api/projects/%P"),
    CALL("project.get", "GET", "/api/users"),
    CALL("project.get", "GET", "/api/api_keys"),
    CALL("project.get", "GET", "/api/projects/../users"),
    CALL("project.get", "GET", "/api/projects/%2e%2e"),
    CALL("project.get", "GET", "/api/projects/..%2fusers"),
    CALL("project.get", "GET", "/api/projects/.."),
    CALL("project.get", "GET", "/api/projects//"),
    CALL("project.get", "GET", "/api/projects/x HTTP/1.1\\r\\nX-Telegram-ID: 1"),
    CALL("project.get", "GET", "/api/projects/x\\r\\n\\r\\nGET /api/users HTTP/1.1\\r\\n"),
    CALL("project.get", "GET", "http://127.0.0.1/api/projects/%P"),
    CALL("project.get", "GET", "/metrics"),
    CALL("project.get", "GET", "/openapi.json"),
    CALL("engineering.cancel", "PATCH", "/api/tasks/%T"),
    CALL("engineering.cancel", "GET", "/api/tasks/%T"),
    CALL("engineering.wait", "GET", "/api/tasks/%T"),
    "{\"command\":\"project.create\",\"action\":\"api\",\"method\":\"POST\",\"path\":\"/api/tasks\","
    "\"body\":{\"project_id\":\"%P\",\"type\":\"engineering\",\"spec\":\"mine\"}}",
    "{\"command\":\"project.create\",\"action\":\"api\",\"method\":\"POST\",\"path\":"
    "\"/api/projects\",\"body\":{\"name\":\"taken\",\"owner_id\":\"u-2\"},\"idempotency_key\":"
    "\"a\\r\\nX-Telegram-ID: 1\"}",
    PUBLISH("project.create", "worker:developer:w-2:input", "{" TASK "}"),
    PUBLISH("project.create", "worker:developer:output", "{" TASK "}"),
    PUBLISH("project.create", "worker:commands", "{" TASK "}"),
    PUBLISH("project.create", "worker:lifecycle", "{" TASK "}"),
    PUBLISH("project.create", "deploy:queue", "{" TASK "}"),
    PUBLISH("project.create", "graphs:commands", "{" TASK "}"),
    PUBLISH("project.create", "engineering:queue\\u0000", "{" TASK "}"),
    PUBLISH("project.create", "engineering:queue", "[]"),
    PUBLISH("project.create", "engineering:queue", "{}"),
    PUBLISH("engineering.cancel", "graphs:commands", "{" TASK ",\"command\":\"retry\"}"),
    PUBLISH("engineering.cancel", "graphs:commands", "{" TASK ",\"command\":\"answer\"}"),
    FOLLOW("project.get", "%T", ""),
    FOLLOW("engineering.wait", "%T", ",\"wait_ms\":-1"),
    FOLLOW("engineering.wait", "%T", ",\"wait_ms\":9223372036854775807"),
    FOLLOW("engineering.wait", "%T", ",\"after\":\"$ STREAMS x\""),
    FOLLOW("engineering.wait", "x\\r\\nFLUSHALL", ""),
    "", "{", "null", "[]", "42", "\"text\"", "{\"command\":7}", "{\"command\":\"project.get\"}",
    "{\"command\":\"project.get\",\"action\":\"shell\"}",
    "{\"command\":\"project.get\",\"action\":\"api\",\"command\":\"infra.servers\","
    "\"method\":\"GET\",\"path\":\"/api/servers\"}",
};
static const char *const kNothingOfOthers[] = {
    CALL("project.tasks", "GET", "/api/tasks?project_id=%P"),
    CALL("project.tasks", "GET", "/api/tasks?limit=500"),
    CALL("project.list", "GET", "/api/projects?owner_id=u-2"),
    CALL("project.list", "GET", "/api/projects?limit=500&cursor=a"),
    FOLLOW("engineering.wait", "*", ""),
    FOLLOW("engineering.wait", "%T:dlq", ""),
};

/* A task's id is enough to follow it: a product owner follows tasks that do not exist yet. */
static void follow_by_id(const struct probe *probe)
{
    ask(probe->text);
    if (strstr(answer, "\"ok\":false") != NULL) blocked("%.150s", answer);
    harmless("for whoever has the id, which is random and which no list tells");
}

/* Sends a malformed line; the wrapper must refuse it or close the connection. */
static void odd_bytes(const struct probe *probe)
{
    const int fd = dial_agent_socket();
    if (fd < 0) succeeded("not let in");
    char *bytes = malloc(kLong);
    memset(bytes, probe->number == 1 ? '[' : probe->number == 2 ? '\0' : 0xff, kLong);
    size_t size = kLong;
    if (probe->number == 0) size = 4096, bytes[size - 1] = '\n';
    if (probe->number == 1) size = (4 << 20) - 64, bytes[size - 1] = '\n';
    if (probe->number == 2) size = 1 << 20, bytes[size - 1] = '\n';
    if (probe->number == 4) memset(bytes, '\n', size = 1 << 16);
    size_t sent = 0;
    while (sent < size) {
        const ssize_t count = send(fd, bytes + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count > 0) sent += (size_t)count;
        else if (errno != EAGAIN || read_line(fd, answer, sizeof answer, 200) > 0) break;
    }
    read_line(fd, answer, sizeof answer, 5000);
    close(fd);
    if (strstr(answer, "\"ok\":true") != NULL) succeeded("%.100s", answer);
    if (wrapper_answers() < 0) succeeded("the wrapper no longer answers");
    blocked("%.150s", answer);
}

static void pass_descriptors(const struct probe *probe)
{
    (void)probe;
    const int fd = dial_agent_socket();
    enum { kEach = 200 };
    int own[kEach];
    for (int i = 0; i < kEach; i++) own[i] = fd;
    for (int i = 0; i < 200; i++) {
        char control[CMSG_SPACE(sizeof own)] = {0};
        struct iovec data = {"\n", 1};
        struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
                                 .msg_controllen = sizeof control};
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        *head = (struct cmsghdr){CMSG_LEN(sizeof own), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(head), own, sizeof own);
        if (sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) break;
    }
    close(fd);
    if (wrapper_answers() < 0) succeeded("the wrapper no longer answers");
    blocked("the wrapper takes none of them");
}

static void other_kind(const struct probe *probe)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", getenv("ORCHESTRATOR_SOCKET"));
    const int fd = socket(AF_UNIX, (int)probe->number, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) succeeded("connected");
    if (errno != EPROTOTYPE) refused(-1);
    blocked("EPROTOTYPE");
}

/* Claims another user's id, which the wrapper must replace; the test reads the stream later. */
static void forged_user(const struct probe *probe)
{
    (void)probe;
    ask(PUBLISH("project.create", "engineering:queue",
                "{" TASK ",\"user_id\":\"u-2\",\"callback_stream\":\"worker:commands\"}"));
    if (strstr(answer, "\"ok\":true") == NULL) blocked("%.150s", answer);
    harmless("published, under the worker's own user (the test reads it)");
}

void add_door_probes(void)
{
    size_t number = 0;
    for (size_t i = 0; i < sizeof kRefused / sizeof *kRefused; i++) {
        char *name;
        if (asprintf(&name, "socket, request %zu:", number++) > 0)
            add(name, must_be_refused, 0, kRefused[i]);
    }
    for (size_t i = 0; i < sizeof kNothingOfOthers / sizeof *kNothingOfOthers; i++)
        add("socket, what is another's:", must_hold_nothing, 0, kNothingOfOthers[i]);
    add("socket, another's task:", follow_by_id, 0, FOLLOW("engineering.wait", "%T", ""));
    add("socket: bytes that are no text", odd_bytes, 0, NULL);
    add("socket: four million brackets", odd_bytes, 1, NULL);
    add("socket: a million zeroes", odd_bytes, 2, NULL);
    add("socket: five megabytes without an end", odd_bytes, 3, NULL);
    add("socket: 65536 empty lines", odd_bytes, 4, NULL);
    add("socket: 40000 descriptors", pass_descriptors, 0, NULL);
    add("socket: as datagrams", other_kind, SOCK_DGRAM, NULL);
    add("socket: as packets", other_kind, SOCK_SEQPACKET, NULL);
    add("socket: forged user", forged_user, 0, NULL);
}
