#include "control/daemon/log_sink.h"

#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <thread>
#include <vector>

namespace control {

namespace {

using contracts::LogLevel;
using contracts::UniqueFd;

struct LogPipe {
    UniqueFd read;
    UniqueFd write;
    LogPipe() {
        std::array<int, 2> ends{};
        REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        read.reset(ends[0]);
        write.reset(ends[1]);
    }
    // Everything written so far.
    std::string drain() const {
        ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
        std::string text;
        std::array<char, 4096> bytes{};
        ssize_t count = 0;
        while ((count = ::read(read.get(), bytes.data(), bytes.size())) > 0)
            text.append(bytes.data(), static_cast<std::size_t>(count));
        return text;
    }
};

}  // namespace

// One thread may write to a pipe with room for one line. A second thread that saw the same room
// would block forever, holding the lock that every other thread waits for.
TEST_CASE("many threads that log to a reader that has stopped reading are not stopped") {
    const LogPipe pipe;
    SpdlogSink sink(pipe.write.get());
    std::vector<std::jthread> threads;
    for (int name = 0; name < 8; ++name)
        threads.emplace_back([&sink] {
            for (int i = 0; i < 1000; ++i)
                sink.write(LogLevel::info, std::string(4000, 'x'));
        });
    threads.clear();
    (void)pipe.drain();
    CHECK(sink.take_dropped() > 0);
}

TEST_CASE("lines of many threads do not mix") {
    const LogPipe pipe;
    SpdlogSink sink(pipe.write.get());
    {
        std::vector<std::jthread> threads;
        for (char name = 'a'; name < 'e'; ++name)
            threads.emplace_back([&sink, name] {
                for (int i = 0; i < 15; ++i)
                    sink.write(LogLevel::info, std::string(1000, name));
            });
    }
    const std::string got = pipe.drain();
    CHECK(sink.take_dropped() == 0);
    REQUIRE(got.size() == 4 * 15 * 1001);
    for (std::size_t at = 0; at < got.size(); at += 1001)
        CHECK(got.substr(at, 1001) == std::string(1000, got[at]) + '\n');
}

}  // namespace control
