// The smallest honest client: one POST of a task and its message on the bus. What it takes beyond
// starting a process is the far side's time.
//
//   floor_client PORT TOKEN PROJECT SOCKET PASSWORD
#include "tests/bench/resp.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static int connect_port(int port) {
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr*)&address, sizeof address) != 0)
        die("connect");
    return fd;
}

int main(int argc, char** argv) {
    if (argc != 6) return 2;
    static struct outgoing out;
    static struct incoming in;
    char body[512], message[1024];
    size_t size;
    const int length =
        snprintf(body, sizeof body, "{\"project_id\":\"%s\",\"spec\":\"A greeter.\"}", argv[3]);
    out.size =
        (size_t)snprintf(out.bytes, sizeof out.bytes,
                         "POST /api/tasks HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer %s\r\n"
                         "Idempotency-Key: %lld-%d\r\nContent-Type: application/json\r\n"
                         "Content-Length: %d\r\n\r\n%s",
                         argv[2], (long long)now_ns(), (int)getpid(), length, body);
    const int api = connect_port(atoi(argv[1]));
    send_all(api, &out);
    if (!receive(api, &in) || memcmp(in.bytes, "HTTP/1.1 201", 12) != 0) die("the API refuses");
    in.size = 0;

    snprintf(message, sizeof message,
             "{\"version\":\"1\",\"request_id\":\"%lld\",\"correlation_id\":\"c\",\"timestamp\":"
             "\"2026-01-10T12:00:00Z\",\"task_id\":\"t\",\"project_id\":\"%s\",\"user_id\":\"u\"}",
             (long long)now_ns(), argv[3]);
    const int bus = connect_unix(argv[4]);
    add_command(&out, "AUTH", argv[5], NULL);
    add_command(&out, "XADD", "engineering:queue", "*", "data", message, NULL);
    send_all(bus, &out);
    next_reply(bus, &in, &size);
    return *next_reply(bus, &in, &size) == '$' ? 0 : 1;
}
