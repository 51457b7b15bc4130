// From a task's message to its output, for several workers in turn.
//
//   task_time SOCKET ROUNDS EACH INPUT OUTPUT [INPUT OUTPUT]...
//
// Prints JSON: of each worker the list of its rounds, of each round its samples in nanoseconds.
#include "tests/bench/resp.h"

struct worker {
    const char* input;
    const char* output;
    char after[64];  // id of the last entry of `output` that was read
};

// Skips entries that are already on `output`.
static void find_end(int fd, struct incoming* in, struct worker* worker) {
    static struct outgoing out;
    size_t size;
    strcpy(worker->after, "0");
    add_command(&out, "XREVRANGE", worker->output, "+", "-", "COUNT", "1", NULL);
    send_all(fd, &out);
    const char* reply = next_reply(fd, in, &size);
    if (size > 4) copy_bulk(reply, size, 0, worker->after, sizeof worker->after);
}

static int64_t one_task(int fd, struct incoming* in, struct worker* worker, int number) {
    static struct outgoing out;
    char data[512];
    size_t size;
    snprintf(data, sizeof data,
             "{\"request_id\":\"%lld-%d\",\"user_id\":\"u-1\",\"prompt\":\"do it\",\"timeout\":60,"
             "\"timestamp\":\"2026-01-10T12:00:00Z\"}",
             (long long)now_ns(), number);
    add_command(&out, "XADD", worker->input, "*", "data", data, NULL);
    add_command(&out, "XREAD", "BLOCK", "30000", "STREAMS", worker->output, worker->after, NULL);
    const int64_t begin = now_ns();
    send_all(fd, &out);
    next_reply(fd, in, &size);
    const char* reply = next_reply(fd, in, &size);
    const int64_t took = now_ns() - begin;
    if (*reply != '*' || size < 8) {
        fprintf(stderr, "task_time: nothing came on %s\n", worker->output);
        exit(1);
    }
    copy_bulk(reply, size, 1, worker->after, sizeof worker->after);
    return took;
}

int main(int argc, char** argv) {
    const int workers = (argc - 4) / 2;
    const int rounds = argc > 4 ? atoi(argv[2]) : 0;
    const int each = argc > 4 ? atoi(argv[3]) : 0;
    if (workers < 1 || rounds < 1 || each < 1 || argc % 2 != 0) return 2;
    static struct incoming in;
    const int fd = connect_unix(argv[1]);
    struct worker* all = calloc((size_t)workers, sizeof *all);
    int64_t* took = calloc((size_t)workers * (size_t)rounds * (size_t)each, sizeof *took);
    if (all == NULL || took == NULL) die("calloc");
    for (int w = 0; w < workers; ++w) {
        all[w] = (struct worker){argv[4 + 2 * w], argv[5 + 2 * w], ""};
        find_end(fd, &in, &all[w]);
        one_task(fd, &in, &all[w], -1);  // warm
    }
    for (int n = 0; n < rounds * each; ++n)
        for (int w = 0; w < workers; ++w)
            took[w * rounds * each + n] = one_task(fd, &in, &all[w], n);
    for (int w = 0; w < workers; ++w)
        for (int n = 0; n < rounds * each; ++n)
            printf("%s%lld",
                   n % each ? ","
                   : n      ? "],["
                   : w      ? "]],[["
                            : "[[[",
                   (long long)took[w * rounds * each + n]);
    puts("]]]");
    return 0;
}
