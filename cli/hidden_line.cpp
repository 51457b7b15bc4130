#include "cli/hidden_line.h"

#include "cli/output.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>

namespace cli {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

constexpr std::array kUndoneBefore = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

volatile std::sig_atomic_t came = 0;

void note(int signal) {
    came = signal;
}

// Signals that would end the program are only recorded, and only during a wait with `before()`.
class NotedSignals {
public:
    NotedSignals() {
        came = 0;
        sigset_t held;
        ::sigemptyset(&held);
        struct sigaction noting{};
        noting.sa_handler = note;
        for (std::size_t i = 0; i < kUndoneBefore.size(); ++i) {
            ::sigaddset(&held, kUndoneBefore[i]);
            ::sigaction(kUndoneBefore[i], &noting, &actions_[i]);
        }
        ::sigprocmask(SIG_BLOCK, &held, &before_);
    }
    // Raises a signal that was recorded in the meantime.
    ~NotedSignals() {
        for (std::size_t i = 0; i < kUndoneBefore.size(); ++i)
            ::sigaction(kUndoneBefore[i], &actions_[i], nullptr);
        ::sigprocmask(SIG_SETMASK, &before_, nullptr);
        if (came != 0) ::raise(came);
    }
    NotedSignals(const NotedSignals&) = delete;
    NotedSignals& operator=(const NotedSignals&) = delete;

    [[nodiscard]] const sigset_t& before() const { return before_; }

private:
    std::array<struct sigaction, kUndoneBefore.size()> actions_{};
    sigset_t before_{};
};

class WithoutEcho {
public:
    explicit WithoutEcho(int fd) : fd_(fd) {
        if (::tcgetattr(fd, &shown_) != 0) return;
        termios hidden = shown_;
        hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        hidden.c_lflag |= ECHONL;
        is_hidden_ = ::tcsetattr(fd, TCSAFLUSH, &hidden) == 0;
    }
    ~WithoutEcho() {
        if (is_hidden_) ::tcsetattr(fd_, TCSAFLUSH, &shown_);
    }
    WithoutEcho(const WithoutEcho&) = delete;
    WithoutEcho& operator=(const WithoutEcho&) = delete;

    [[nodiscard]] bool is_hidden() const { return is_hidden_; }

private:
    int fd_;
    termios shown_{};
    bool is_hidden_ = false;
};

}  // namespace

Result<std::string> read_hidden_line(int fd, int prompt_fd, std::string_view prompt,
                                     std::size_t limit) {
    const NotedSignals noted;
    const WithoutEcho quiet(fd);
    if (!quiet.is_hidden()) return fail(contracts::system_error(errno, "hide what is typed"));
    (void)write_all(prompt_fd, prompt);
    std::string line;
    char buffer[4096];
    while (came == 0) {
        pollfd waiting{fd, POLLIN, 0};
        if (::ppoll(&waiting, 1, nullptr, &noted.before()) < 0) continue;
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(contracts::system_error(errno, "read standard input"));
        line.append(buffer, static_cast<std::size_t>(got));
        if (const std::size_t end = line.find('\n'); end != std::string::npos) {
            line.resize(end);
            return line;
        }
        if (got == 0) break;
        if (line.size() > limit)
            return fail(ErrorKind::invalid,
                        "the line has more than " + std::to_string(limit) + " bytes");
    }
    return fail(ErrorKind::invalid, "the input ended before the line did");
}

}  // namespace cli
