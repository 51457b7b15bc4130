#include "wrapper/process/receipt.h"

#include "contracts/base/number.h"
#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>
#include <string_view>

namespace wrapper {

namespace {

constexpr std::string_view kEndingNames[] = {"exited",  "killed",    "timed_out",
                                             "stopped", "dismissed", "not_started"};

std::string read_file(const char* path) {
    const contracts::UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
    char text[1024];
    const ssize_t size = file.valid() ? ::read(file.get(), text, sizeof text) : 0;
    return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
}

// The number after `label`, at the beginning of a line.
std::int64_t number_after(std::string_view text, std::string_view label) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        if (line.starts_with(label))
            return contracts::whole_number(line.substr(label.size()), 0).value_or(0);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return 0;
}

}  // namespace

std::string_view to_text(Ending ending) {
    return kEndingNames[static_cast<std::size_t>(ending)];
}

int Receipt::shell_code() const {
    return signal != 0 ? 128 + signal : exit_code;
}

std::string Receipt::sentence() const {
    std::string text = "the agent ";
    switch (ending) {
        case Ending::exited:
            text += "exited with code " + std::to_string(exit_code);
            break;
        case Ending::killed:
            text += "was killed by signal " + std::to_string(signal);
            break;
        case Ending::timed_out:
            text += "did not finish in time";
            break;
        case Ending::stopped:
            text += "was stopped";
            break;
        case Ending::dismissed:
            text += "had answered and was ended";
            break;
        case Ending::not_started:
            text += "could not be started: " + error;
            break;
    }
    if (oom_kills > 0) text += ", out of memory";
    return text;
}

contracts::Json Receipt::to_json() const {
    contracts::Json json = {{"ending", std::string(to_text(ending))},
                            {"oom", oom_kills > 0},
                            {"oom_kills", oom_kills},
                            {"duration_ms", duration.count()},
                            {"cpu_ms", cpu.count() / 1000},
                            {"peak_memory_bytes", peak_memory_bytes},
                            {"stdout_bytes", output_bytes},
                            {"stderr_bytes", error_bytes}};
    if (exit_code >= 0) json["exit_code"] = exit_code;
    if (signal != 0) json["signal"] = signal;
    if (!error.empty()) json["error"] = error;
    return json;
}

MemoryCounters MemoryCounters::read() {
    if (::getpid() != 1) return {};
    const std::string events = read_file("/sys/fs/cgroup/memory.events");
    if (!events.empty())
        return {number_after(events, "oom_kill "),
                number_after(read_file("/sys/fs/cgroup/memory.peak"), "")};
    return {number_after(read_file("/sys/fs/cgroup/memory/memory.oom_control"), "oom_kill "),
            number_after(read_file("/sys/fs/cgroup/memory/memory.max_usage_in_bytes"), "")};
}

}  // namespace wrapper
