// The smallest honest worker: one task a message, the agent started and awaited, its output and the
// acknowledgement in one transaction. No wall, no journal, no deadline, no recovery.
//
//   floor_worker SOCKET INPUT OUTPUT PROGRAM
#include "tests/bench/resp.h"

#include <sys/wait.h>

static void run(char* program) {
    char* const argv[] = {program, NULL};
    char* const environment[] = {NULL};
    const pid_t pid = vfork();
    if (pid == 0) {
        execve(program, argv, environment);
        _exit(127);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) die(program);
}

static void request_of(const char* data, char* id, size_t room) {
    const char* key = strstr(data, "\"request_id\"");
    const char* begin = key != NULL ? strchr(key + 12, '"') : NULL;
    const char* end = begin != NULL ? strchr(begin + 1, '"') : NULL;
    if (end == NULL || (size_t)(end - begin) > room) die("a message without request_id");
    memcpy(id, begin + 1, (size_t)(end - begin - 1));
    id[end - begin - 1] = '\0';
}

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    static struct outgoing out;
    static struct incoming in;
    size_t size;
    const int fd = connect_unix(argv[1]);
    add_command(&out, "XGROUP", "CREATE", argv[2], "workers", "0", "MKSTREAM", NULL);
    send_all(fd, &out);
    next_reply(fd, &in, &size);
    for (;;) {
        add_command(&out, "XREADGROUP", "GROUP", "workers", "floor", "COUNT", "1", "BLOCK", "20000",
                    "STREAMS", argv[2], ">", NULL);
        send_all(fd, &out);
        const char* reply = next_reply(fd, &in, &size);
        if (size < 8) continue;  // nothing came
        char entry[64], data[4096], id[256], answer[512];
        copy_bulk(reply, size, 1, entry, sizeof entry);  // [[stream, [[entry, [data, …]]]]]
        copy_bulk(reply, size, 3, data, sizeof data);
        request_of(data, id, sizeof id);
        run(argv[4]);
        snprintf(answer, sizeof answer, "{\"request_id\":\"%s\",\"status\":\"success\"}", id);
        add_command(&out, "MULTI", NULL);
        add_command(&out, "XADD", argv[3], "*", "data", answer, NULL);
        add_command(&out, "XACK", argv[2], "workers", entry, NULL);
        add_command(&out, "EXEC", NULL);
        send_all(fd, &out);
        for (int i = 0; i < 4; ++i)
            next_reply(fd, &in, &size);
    }
}
