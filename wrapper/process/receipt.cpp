#include "wrapper/process/receipt.h"

#include <string_view>

namespace wrapper {

namespace {

constexpr std::string_view kEndingNames[] = {"exited",  "killed",    "timed_out",
                                             "stopped", "dismissed", "not_started"};

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
    contracts::Json json = contracts::Json::object();
    json["ending"] = to_text(ending);
    json["oom"] = oom_kills > 0;
    json["oom_kills"] = oom_kills;
    json["duration_ms"] = duration.count();
    json["cpu_ms"] = cpu.count() / 1000;
    json["peak_memory_bytes"] = peak_memory_bytes;
    json["stdout_bytes"] = output_bytes;
    json["stderr_bytes"] = error_bytes;
    if (exit_code >= 0) json["exit_code"] = exit_code;
    if (signal != 0) json["signal"] = signal;
    if (!error.empty()) json["error"] = error;
    return json;
}

}  // namespace wrapper
