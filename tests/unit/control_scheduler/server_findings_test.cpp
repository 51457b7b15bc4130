// A server's output and the findings from it: pure functions.
#include "control/scheduler/server_findings.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using contracts::IncidentType;
using contracts::Timestamp;
using std::chrono::milliseconds;

namespace {

constexpr const char* kSaid =
    "time 1000500\nmemory_total 1000\nmemory_available 100\nload 150\nprocessors 2\n"
    "file_system 2000 300 /\nfile_system 100 1 /opt/services\ndocker up\nreboot 0\nend 1\n";

std::string without(const std::string& line) {
    std::string text = kSaid;
    text.erase(text.find(line), line.size() + 1);
    return text;
}

Result<ServerFigures> read(const std::string& text) {
    return read_figures(text, Timestamp(milliseconds(1'000'000)),
                        Timestamp(milliseconds(1'001'000)));
}

FindingState state_of(const Result<ServerFigures>& figures, IncidentType type,
                      const std::string& subject = "health") {
    contracts::Server server;
    server.id = server.handle = "web-1";
    for (const Finding& one : findings_of(server, figures))
        if (one.type == type && one.subject == subject) return one.state;
    FAIL("no such finding");
    std::abort();
}

}  // namespace

TEST_CASE("figures: what a server prints is read strictly") {
    const auto figures = read(kSaid);
    REQUIRE(figures);
    CHECK(figures->memory_total_kib == 1000);
    CHECK(figures->file_systems.size() == 2);
    CHECK(figures->file_systems[1].mounted_on == "/opt/services");
    CHECK(figures->load_hundredths == 150);
    CHECK(figures->docker == DockerState::up);
    CHECK(figures->clock_ahead == milliseconds(0));  // its clock lies between question and answer
    // Other lines do no harm, and the first line of each fact counts.
    CHECK(read("Welcome!\n" + std::string(kSaid) + "load 99\n")->load_hundredths == 150);
}

TEST_CASE("figures: an answer that lies, or is cut off, is none") {
    for (const char* line : {"time 1000500", "memory_total 1000", "memory_available 100",
                             "load 150", "processors 2", "docker up", "reboot 0", "end 1"}) {
        INFO(line);
        const auto figures = read(without(line));
        REQUIRE_FALSE(figures);
        CHECK(figures.error().field == "answer");
    }
    const std::string end = "docker up\nreboot 0\nend 1\n";
    const std::string begin = "time 1000500\nmemory_total 1000\nmemory_available 100\nload 150\n";
    CHECK_FALSE(read(""));
    CHECK_FALSE(read(begin + "processors 2\n" + end));  // no file system
    CHECK_FALSE(read(begin + "processors 0\nfile_system 2 1 /\n" + end));
    CHECK_FALSE(read(begin + "processors -1\nfile_system 2 1 /\n" + end));
    for (const char* disk :
         {"1 2 /", "x 1 /", "2 1 etc", "2 1", "99999999999999999999 1 /", "2 1 /\x1b[31m"}) {
        INFO(disk);
        CHECK_FALSE(read(begin + "processors 2\nfile_system " + disk + "\n" + end));
    }
    std::string many = begin + "processors 2\n";
    for (int i = 0; i < 9; ++i)
        many += "file_system 2 1 /" + std::to_string(i) + "\n";
    CHECK_FALSE(read(many + end));
    CHECK_FALSE(read(begin + "processors 2\nfile_system 2 1 /\ndocker maybe\nreboot 0\nend 1\n"));
    CHECK_FALSE(
        read("time 1\nmemory_total 10\nmemory_available 11\nload 1\nprocessors 1\n"
             "file_system 2 1 /\n" +
             end));
}

TEST_CASE("figures: a clock is wrong by what the way does not explain") {
    const auto at = [](std::int64_t theirs) {
        std::string text = kSaid;
        text.replace(text.find("1000500"), 7, std::to_string(theirs));
        return read(text)->clock_ahead.count();
    };
    CHECK(at(1'000'000) == 0);
    CHECK(at(1'008'000) == 7'000);
    CHECK(at(990'000) == -10'000);
}

TEST_CASE("findings: above one threshold bad, below the other good, between them nothing") {
    auto figures = read(kSaid);
    const auto disk = [&](std::int64_t used) {
        figures->file_systems = {{.mounted_on = "/", .total_kib = 100, .free_kib = 100 - used}};
        return state_of(figures, IncidentType::disk_full, "/");
    };
    CHECK(disk(100) == FindingState::bad);
    CHECK(disk(90) == FindingState::bad);
    CHECK(disk(89) == FindingState::unsure);
    CHECK(disk(85) == FindingState::unsure);
    CHECK(disk(84) == FindingState::good);
    figures->file_systems[0].total_kib = figures->file_systems[0].free_kib = 0;  // an empty one
    CHECK(state_of(figures, IncidentType::disk_full, "/") == FindingState::good);
    const auto memory = [&](std::int64_t used) {
        figures->memory_available_kib = 1000 - used;
        return state_of(figures, IncidentType::memory_full);
    };
    CHECK(memory(910) == FindingState::bad);
    CHECK(memory(870) == FindingState::unsure);
    CHECK(memory(500) == FindingState::good);
    figures->load_hundredths = 800;  // with two processors
    CHECK(state_of(figures, IncidentType::load_high) == FindingState::bad);
    figures->load_hundredths = 600;
    CHECK(state_of(figures, IncidentType::load_high) == FindingState::unsure);
    figures->clock_ahead = milliseconds(-6'000);
    CHECK(state_of(figures, IncidentType::clock_drift) == FindingState::bad);
    figures->docker = DockerState::absent;
    CHECK(state_of(figures, IncidentType::docker_down) == FindingState::bad);
    figures->needs_reboot = true;
    CHECK(state_of(figures, IncidentType::reboot_pending) == FindingState::bad);
    CHECK(usage_of(*figures).at("memory_percent") == 50);
    // A server that does not answer has this finding only.
    contracts::Server server;
    CHECK(findings_of(server, fail(ErrorKind::transient, "no answer")).size() == 1);
}
