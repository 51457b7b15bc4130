#include "cli/interruption.h"

#include <unistd.h>
#include <csignal>

namespace cli {

namespace {

// Read by the signal handler; written while its signals are blocked.
struct LastWords {
    int out_fd = -1;
    int err_fd = -1;
    const char* out = nullptr;
    std::size_t out_size = 0;
    const char* err = nullptr;
    std::size_t err_size = 0;
};
LastWords last_words;

constexpr int kEnding[] = {SIGINT, SIGTERM};
constexpr unsigned kPatience = 2;  // seconds

void leave(int signal) {
    // A stopped terminal, or a pipe without a reader, must not block us for long.
    ::alarm(kPatience);
    // A failed write means that its reader is gone, and the other one may still be there.
    ssize_t taken = ::write(last_words.err_fd, last_words.err, last_words.err_size);
    taken = ::write(last_words.out_fd, last_words.out, last_words.out_size);
    (void)taken;
    ::_exit(128 + signal);
}

class WithoutInterruption {
public:
    WithoutInterruption() {
        sigset_t ending;
        ::sigemptyset(&ending);
        for (const int signal : kEnding)
            ::sigaddset(&ending, signal);
        ::sigprocmask(SIG_BLOCK, &ending, &before_);
    }
    ~WithoutInterruption() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

}  // namespace

Interruption::Interruption(int out_fd, int err_fd) {
    const WithoutInterruption quiet;
    last_words = LastWords{out_fd, err_fd};
}

Interruption::~Interruption() {
    for (const int signal : kEnding)
        ::signal(signal, SIG_DFL);
    last_words = LastWords{};
}

void Interruption::prepare(Printed words) {
    const WithoutInterruption quiet;
    words_ = std::move(words);
    last_words.out = words_.out.data();
    last_words.out_size = words_.out.size();
    last_words.err = words_.err.data();
    last_words.err_size = words_.err.size();
    struct sigaction action{};
    action.sa_handler = leave;
    for (const int signal : kEnding)
        ::sigaddset(&action.sa_mask, signal);  // so that the message is printed only once
    for (const int signal : kEnding)
        ::sigaction(signal, &action, nullptr);
}

}  // namespace cli
