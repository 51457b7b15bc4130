// The part of Redis' protocol that the stopwatches need: blocking, over a Unix socket. Each
// function ends the program if the server behaves unexpectedly.
#pragma once

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

_Noreturn static inline void die(const char* what) {
    fprintf(stderr, "%s%s%s\n", what, errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
    exit(1);
}

static inline int64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static inline struct sockaddr_un unix_address(const char* path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) die(path);
    strcpy(address.sun_path, path);
    return address;
}

static inline int connect_unix(const char* path) {
    const struct sockaddr_un address = unix_address(path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr*)&address, sizeof address) != 0) die(path);
    return fd;
}

struct outgoing {
    char bytes[16384];
    size_t size;
};

// Appends one command: its words, then NULL.
static inline void add_command(struct outgoing* out, ...) {
    va_list words;
    int count = 0;
    va_start(words, out);
    while (va_arg(words, const char*) != NULL)
        ++count;
    va_end(words);
    out->size += (size_t)sprintf(out->bytes + out->size, "*%d\r\n", count);
    va_start(words, out);
    while (count-- > 0) {
        const char* word = va_arg(words, const char*);
        const size_t length = strlen(word);
        if (out->size + length + 32 > sizeof out->bytes) die("a command is too long");
        out->size += (size_t)sprintf(out->bytes + out->size, "$%zu\r\n%s\r\n", length, word);
    }
    va_end(words);
}

static inline void send_all(int fd, struct outgoing* out) {
    for (size_t sent = 0; sent < out->size;) {
        const ssize_t size = write(fd, out->bytes + sent, out->size - sent);
        if (size <= 0) die("write");
        sent += (size_t)size;
    }
    out->size = 0;
}

// Bytes received but not yet consumed; the next value begins at `at`.
struct incoming {
    char bytes[65536];
    size_t size;
    size_t at;
};

// Returns false when the server has closed.
static inline int receive(int fd, struct incoming* in) {
    if (in->at == in->size) in->at = in->size = 0;
    if (in->size == sizeof in->bytes) die("a reply is too long");
    const ssize_t size = read(fd, in->bytes + in->size, sizeof in->bytes - in->size);
    if (size <= 0) return 0;
    in->size += (size_t)size;
    return 1;
}

// The end of the value that begins at `at`; 0 if it is not complete yet.
static inline size_t value_end(const struct incoming* in, size_t at) {
    const char* line = in->bytes + at;
    const char* end = memchr(line, '\n', in->size - at);
    if (end == NULL) return 0;
    const size_t next = (size_t)(end - in->bytes) + 1;
    const long number = strtol(line + 1, NULL, 10);
    if (*line == '$' && number >= 0)
        return next + (size_t)number + 2 <= in->size ? next + (size_t)number + 2 : 0;
    if (*line != '*') return next;
    size_t item = next;
    for (long i = 0; i < number; ++i)
        if ((item = value_end(in, item)) == 0) return 0;
    return item;
}

// Waits for one whole reply and returns its first byte; it stays valid until the next call.
static inline const char* next_reply(int fd, struct incoming* in, size_t* size) {
    size_t end;
    while (in->at == in->size || (end = value_end(in, in->at)) == 0)
        if (!receive(fd, in)) die("the server has gone");
    const char* reply = in->bytes + in->at;
    *size = end - in->at;
    in->at = end;
    return reply;
}

// Copies the bulk string after `skipped` others in a reply; it must be shorter than `room`.
static inline void copy_bulk(const char* reply, size_t size, int skipped, char* text, size_t room) {
    const char* at = reply;
    const char* const end = reply + size;
    while (at != NULL && at < end) {
        const long length = *at == '$' ? strtol(at + 1, NULL, 10) : -1;
        const char* line = memchr(at, '\n', (size_t)(end - at));
        if (line == NULL) break;
        at = line + 1;
        if (length < 0) continue;
        if (skipped-- == 0) {
            if ((size_t)length >= room) die("a value is too long");
            memcpy(text, at, (size_t)length);
            text[length] = '\0';
            return;
        }
        at += length + 2;
    }
    die("a reply has no such value");
}
