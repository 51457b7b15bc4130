#include "control/provision/server_look.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::Timestamp;

namespace {

constexpr std::int64_t kMostKib = std::int64_t{1} << 50;
constexpr std::int64_t kLatestTime = 253'402'300'799'999;  // the end of the year 9999
constexpr std::size_t kMostFileSystems = 8;
constexpr std::size_t kLongestMount = 200;

std::unexpected<contracts::Error> unreadable(std::string_view what) {
    return fail(ErrorKind::invalid,
                "the server did not report its " + std::string(what) + " in the expected format",
                "answer");
}

// Only digits, up to `most`.
std::optional<std::int64_t> number_in(std::string_view text, std::int64_t most) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    if (text.empty() || text.front() == '-') return std::nullopt;
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number > most) return std::nullopt;
    return number;
}

std::string_view next_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

std::optional<FileSystemUse> file_system_in(std::string_view text) {
    const auto total = number_in(next_word(text), kMostKib);
    const auto free = number_in(next_word(text), kMostKib);
    const bool is_path =
        text.starts_with('/') && text.size() <= kLongestMount &&
        std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
    if (!total || !free || !is_path || *free > *total) return std::nullopt;
    return FileSystemUse{.mounted_on = std::string(text), .total_kib = *total, .free_kib = *free};
}

// The lines by their first words; there may be several for file systems.
struct Said {
    std::map<std::string_view, std::string_view> facts;
    std::vector<FileSystemUse> file_systems;
};

Result<Said> split(std::string_view text) {
    Said said;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::string_view name = next_word(line);
        if (name != "file_system") {
            said.facts.emplace(name, line);
            continue;
        }
        auto one = file_system_in(line);
        if (!one || said.file_systems.size() == kMostFileSystems) return unreadable("file systems");
        said.file_systems.push_back(std::move(*one));
    }
    return said;
}

// The answer took a while: a drift that the travel time explains does not count.
std::chrono::milliseconds drift(Timestamp theirs, Timestamp asked, Timestamp answered) {
    if (theirs < asked) return theirs - asked;
    return theirs > answered ? theirs - answered : std::chrono::milliseconds(0);
}

}  // namespace

Result<ServerFigures> read_figures(std::string_view text, Timestamp asked, Timestamp answered) {
    Result<Said> said = split(text);
    if (!said) return said.fault();
    ServerFigures figures;
    const auto read = [&](std::string_view name, std::int64_t most, std::int64_t& number) {
        const auto found = number_in(said->facts[name], most);
        number = found.value_or(0);
        return found.has_value();
    };
    std::int64_t time = 0, reboot = 0, end = 0;
    if (!read("end", 1, end)) return unreadable("figures to the end");
    if (!read("time", kLatestTime, time)) return unreadable("time");
    if (!read("memory_total", kMostKib, figures.memory_total_kib) ||
        !read("memory_available", figures.memory_total_kib, figures.memory_available_kib))
        return unreadable("memory");
    if (!read("load", 100'000'000, figures.load_hundredths)) return unreadable("load");
    if (!read("processors", 100'000, figures.processors) || figures.processors == 0)
        return unreadable("processors");
    if (!read("reboot", 1, reboot)) return unreadable("need of a reboot");
    const std::string_view docker = said->facts["docker"];
    if (docker != "up" && docker != "down" && docker != "absent") return unreadable("Docker");
    figures.docker = docker == "up"     ? DockerState::up
                     : docker == "down" ? DockerState::down
                                        : DockerState::absent;
    if (said->file_systems.empty()) return unreadable("file systems");
    figures.file_systems = std::move(said->file_systems);
    figures.clock_ahead = drift(Timestamp(std::chrono::milliseconds(time)), asked, answered);
    figures.needs_reboot = reboot == 1;
    return figures;
}

}  // namespace control
