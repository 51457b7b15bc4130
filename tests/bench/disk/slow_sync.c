// Preloaded, it simulates a disk that is slower at syncing: every fsync and fdatasync takes SYNC_US
// microseconds, or as long as here if that is longer.
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int sync_slowly(long call, int fd) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const char* microseconds = getenv("SYNC_US");
    until.tv_nsec += (microseconds != NULL ? atol(microseconds) : 0) * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    const int result = (int)syscall(call, fd);
    const int error = errno;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
    errno = error;
    return result;
}

int fsync(int fd) {
    return sync_slowly(SYS_fsync, fd);
}

int fdatasync(int fd) {
    return sync_slowly(SYS_fdatasync, fd);
}
