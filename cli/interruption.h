// The message when Ctrl-C or `timeout` interrupts a running command: what continues without us, and
// how to return to it. The handler writes the prepared text and exits at once with 128 + the
// signal (SIGINT, SIGTERM).
//
// A process has at most one, because a signal has one handler; without one, these signals end the
// program as usual. Thread: the main one.
#pragma once

#include "cli/output.h"

namespace cli {

inline constexpr int kInterrupted = 130;

class Interruption {
public:
    Interruption(int out_fd, int err_fd);
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    // From now on, this is the message.
    void prepare(Printed last_words);

private:
    Printed words_;
};

}  // namespace cli
