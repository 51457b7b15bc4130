#include "control/graphs/engineering/turn_end.h"

#include <algorithm>
#include <cctype>

namespace control::graphs {

namespace {

std::string lower(std::string_view text) {
    std::string copy(text);
    std::transform(copy.begin(), copy.end(), copy.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return copy;
}

template <std::size_t N>
bool says_any(const std::string& text, const std::string_view (&words)[N]) {
    return std::any_of(std::begin(words), std::end(words),
                       [&](std::string_view word) { return text.find(word) != text.npos; });
}

constexpr std::string_view kMemoryWords[] = {"out of memory", "oom"};
constexpr std::string_view kUpstreamWords[] = {"rate limit",   "rate_limit",   "overloaded",
                                               "(status 429)", "(status 529)", "(status 503)"};

bool has_verdict(const contracts::DeveloperWorkerOutput& output) {
    return output.summary.has_value() || (output.data && output.data->contains("exit_code"));
}

}  // namespace

TurnEnd end_of(const contracts::DeveloperWorkerOutput& output) {
    using contracts::ResultStatus;
    const std::string error = lower(output.error.value_or(""));
    const bool crashed = error.starts_with("worker crashed");
    switch (output.status) {
        case ResultStatus::success:
            return TurnEnd::success;
        case ResultStatus::timeout:
            return TurnEnd::timed_out;
        case ResultStatus::failed:
            if (crashed && says_any(error, kMemoryWords)) return TurnEnd::out_of_memory;
            return !crashed && has_verdict(output) ? TurnEnd::refused : TurnEnd::broken;
        case ResultStatus::error:
            if (says_any(error, kUpstreamWords)) return TurnEnd::upstream;
            return says_any(error, kMemoryWords) ? TurnEnd::out_of_memory : TurnEnd::broken;
    }
    return TurnEnd::broken;
}

}  // namespace control::graphs
