// What is said when somebody presses Ctrl-C while a command runs, or `timeout` ends it: what goes
// on without us, and how to come back to it. The handler writes what was prepared and leaves at
// once with 128 + the signal (SIGINT, SIGTERM).
//
// One at a time in a process (a signal has one handler); where none lives, these signals end the
// program as ever. Thread: the main one.
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

    // From now on these are the last words.
    void prepare(Printed last_words);

private:
    Printed words_;
};

}  // namespace cli
