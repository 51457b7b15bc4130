#include "contracts/base/log.h"

#include "contracts/base/json.h"
#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <vector>

using namespace contracts;

namespace {

class Lines final : public LogSink {
public:
    void write(LogLevel, std::string_view line) override { all.emplace_back(line); }
    std::vector<std::string> all;
};

struct Pipe {
    UniqueFd read;
    UniqueFd write;
    Pipe() {
        std::array<int, 2> ends{};
        REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        read.reset(ends[0]);
        write.reset(ends[1]);
    }
    // The current contents of the pipe.
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

TEST_CASE("a JSON line has its time, level, service, event and fields") {
    const auto lines = std::make_shared<Lines>();
    const Log log = Log(lines, LogLevel::info, LogFormat::json, "wrapper").with("worker_id", "w-1");
    log.info("entry \"read\"", {{"count", 3}, {"ok", true}, {"text", "a\nb\"\\\x01"}});
    REQUIRE(lines->all.size() == 1);
    const auto line = parse_json(lines->all[0]);
    REQUIRE(line);
    CHECK((*line)["level"] == "INFO");
    CHECK((*line)["service"] == "wrapper");
    CHECK((*line)["event"] == "entry \"read\"");
    CHECK((*line)["worker_id"] == "w-1");
    CHECK((*line)["count"] == 3);
    CHECK((*line)["ok"] == true);
    CHECK((*line)["text"] == "a\nb\"\\\x01");
    CHECK(parse_timestamp((*line)["timestamp"].get<std::string>()));
}

TEST_CASE("a console line is one line whatever its fields hold") {
    const auto lines = std::make_shared<Lines>();
    const Log log(lines, LogLevel::debug, LogFormat::console, "cli");
    log.warning("odd", {{"text", "two\nlines"}});
    REQUIRE(lines->all.size() == 1);
    CHECK(lines->all[0].find('\n') == std::string::npos);
    CHECK(lines->all[0].find(" WARNING cli odd text=") != std::string::npos);
}

TEST_CASE("lines below the level are not written") {
    const auto lines = std::make_shared<Lines>();
    const Log log(lines, LogLevel::warning, LogFormat::json, "x");
    log.debug("a");
    log.info("b");
    log.warning("c");
    log.error("d");
    CHECK(lines->all.size() == 2);
}

TEST_CASE("levels and formats are read whatever their case") {
    CHECK(parse_log_level("DEBUG") == LogLevel::debug);
    CHECK(parse_log_level("Warning") == LogLevel::warning);
    CHECK(parse_log_format("JSON") == LogFormat::json);
    CHECK(parse_log_format("console") == LogFormat::console);
    CHECK(!parse_log_level("LOUD"));
    CHECK(!parse_log_level(""));
    CHECK(!parse_log_format("xml"));
}

TEST_CASE("a reader that has stopped reading stops nobody, and what is dropped is counted") {
    const Pipe pipe;
    DescriptorSink sink(pipe.write.get());
    const std::string line(1000, 'x');
    constexpr int kLines = 1000;  // ten times the size of a pipe
    for (int i = 0; i < kLines; ++i)
        sink.write(LogLevel::info, line);
    CHECK(sink.dropped() > 0);
    const std::string got = pipe.drain();
    CHECK(got.size() / (line.size() + 1) + sink.dropped() == kLines);
    CHECK(got.size() % (line.size() + 1) == 0);
    sink.write(LogLevel::info, "again");
    CHECK(pipe.drain() == "again\n");
}

TEST_CASE("how many lines were lost is told as soon as somebody reads again") {
    const Pipe pipe;
    const auto sink = std::make_shared<DescriptorSink>(pipe.write.get());
    const Log log(sink, LogLevel::info, LogFormat::json, "x");
    const std::string text(1000, 'x');
    for (int i = 0; i < 1000; ++i)
        log.info(text);
    const auto lost = static_cast<std::int64_t>(sink->dropped());
    REQUIRE(lost > 0);
    (void)pipe.drain();
    log.info("again");
    log.info("and again");
    const std::string got = pipe.drain();
    const std::size_t first = got.find('\n') + 1;
    const auto told = parse_json(got.substr(0, first));
    REQUIRE(told);
    CHECK((*told)["level"] == "WARNING");
    CHECK((*told)["lines"] == lost);
    CHECK(got.find("lines were lost", first) == std::string::npos);
    CHECK(got.find("and again") != std::string::npos);
}

TEST_CASE("a socket whose reader has stopped reading stops nobody either") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const UniqueFd read(ends[0]);
    const UniqueFd write(ends[1]);
    DescriptorSink sink(write.get());
    for (int i = 0; i < 1000; ++i)
        sink.write(LogLevel::info, std::string(4000, 'x'));
    CHECK(sink.dropped() > 0);
}

TEST_CASE("a reader that is gone is counted too") {
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    pipe.read.reset();
    DescriptorSink sink(pipe.write.get());
    sink.write(LogLevel::error, "nobody hears");
    CHECK(sink.dropped() == 1);
    std::signal(SIGPIPE, before);
}

TEST_CASE("a line that is too long is cut and says so") {
    const Pipe pipe;
    DescriptorSink sink(pipe.write.get());
    sink.write(LogLevel::info, std::string(100'000, 'x'));
    const std::string got = pipe.drain();
    CHECK(got.size() == kMaxLogLine);
    CHECK(got.ends_with("[cut]\n"));
    sink.write(LogLevel::info, std::string(kMaxLogLine - 1, 'y'));
    CHECK(pipe.drain().size() == kMaxLogLine);
}
