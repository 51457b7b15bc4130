// Real pseudo-terminals: the test writes to the master end what a person would type.
#include "cli/hidden_line.h"

#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdlib>
#include <future>

namespace cli {

namespace {

using contracts::Result;
using contracts::UniqueFd;

class PseudoTerminal {
public:
    PseudoTerminal() : master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        REQUIRE(::grantpt(master.get()) == 0);
        REQUIRE(::unlockpt(master.get()) == 0);
        slave.reset(::open(::ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
        REQUIRE(slave.valid());
    }
    void type(std::string_view text) const {
        REQUIRE(::write(master.get(), text.data(), text.size()) ==
                static_cast<ssize_t>(text.size()));
    }
    // The terminal's output, once `end` is part of it.
    std::string seen_until(std::string_view end) const {
        std::string seen;
        char buffer[256];
        while (seen.find(end) == std::string::npos) {
            pollfd waiting{master.get(), POLLIN, 0};
            REQUIRE(::poll(&waiting, 1, 10'000) == 1);
            const ssize_t got = ::read(master.get(), buffer, sizeof buffer);
            REQUIRE(got > 0);
            seen.append(buffer, static_cast<std::size_t>(got));
        }
        return seen;
    }
    bool shows_what_is_typed() const {
        termios settings{};
        REQUIRE(::tcgetattr(slave.get(), &settings) == 0);
        return (settings.c_lflag & ECHO) != 0;
    }

    UniqueFd master;
    UniqueFd slave;
};

}  // namespace

TEST_CASE("a line typed at a terminal is read and not shown, and the terminal is as it was") {
    const PseudoTerminal terminal;
    REQUIRE(terminal.shows_what_is_typed());
    for (const auto& [typed, wanted] : {std::pair{"canary\n", "canary"}, {"\n", ""}}) {
        std::future<Result<std::string>> line = std::async(std::launch::async, [&] {
            return read_hidden_line(terminal.slave.get(), terminal.slave.get(), "TOKEN: ", 100);
        });
        CHECK(terminal.seen_until("TOKEN: ") == "TOKEN: ");
        CHECK_FALSE(terminal.shows_what_is_typed());
        terminal.type(typed);
        const contracts::Result<std::string> read = line.get();
        REQUIRE(read.has_value());
        CHECK(*read == wanted);
        CHECK(terminal.seen_until("\n") == "\r\n");
        CHECK(terminal.shows_what_is_typed());
    }
}

TEST_CASE("an input that ends before its line, or is no terminal, is no line") {
    const PseudoTerminal terminal;
    std::future<Result<std::string>> line = std::async(std::launch::async, [&] {
        return read_hidden_line(terminal.slave.get(), terminal.slave.get(), "> ", 100);
    });
    terminal.seen_until("> ");
    terminal.type("half\x04\x04");  // Ctrl-D hands on what is there; the second ends the input
    const Result<std::string> half = line.get();
    REQUIRE_FALSE(half);
    CHECK(half.error().kind == contracts::ErrorKind::invalid);
    CHECK(half.error().describe().find("half") == std::string::npos);
    CHECK(terminal.shows_what_is_typed());

    const UniqueFd none(::open("/dev/null", O_RDWR | O_CLOEXEC));
    CHECK_FALSE(read_hidden_line(none.get(), none.get(), "> ", 100));
}

TEST_CASE("Ctrl-C while a line is typed ends the program, and the terminal is as it was") {
    for (const int signal : {SIGINT, SIGTERM}) {
        const PseudoTerminal terminal;
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::signal(signal, SIG_DFL);  // not the process group of the test itself
            (void)read_hidden_line(terminal.slave.get(), terminal.slave.get(), "> ", 100);
            ::_exit(7);
        }
        terminal.seen_until("> ");
        terminal.type("cana");
        REQUIRE(::kill(child, signal) == 0);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        CHECK(WTERMSIG(status) == signal);
        CHECK(terminal.shows_what_is_typed());
    }
}

}  // namespace cli
