#include "control/graphs/kit/turn_end.h"

#include "contracts/base/text.h"
#include "control/store/workers.h"

#include <algorithm>
#include <cctype>

namespace control::graphs {

namespace {

template <std::size_t N>
bool says_any(const std::string& text, const std::string_view (&words)[N]) {
    return std::any_of(std::begin(words), std::end(words),
                       [&](std::string_view word) { return text.find(word) != text.npos; });
}

constexpr std::string_view kUpstreamWords[] = {"rate limit",   "rate_limit",   "overloaded",
                                               "(status 429)", "(status 529)", "(status 503)"};

constexpr std::string_view kUnpaidWords[] = {"(status 402)", "budget_reached", "billing_error"};

// The worker manager writes the name of an EndCause there.
static_assert(kEndCauseNames[static_cast<std::size_t>(EndCause::out_of_memory)] ==
              contracts::kOutOfMemory);

bool ran_out_of_memory(const contracts::DeveloperWorkerOutput& output) {
    if (!output.data || !output.data->is_object()) return false;
    const auto cause = output.data->find(contracts::kCauseOfDeath);
    return cause != output.data->end() && *cause == contracts::kOutOfMemory;
}

// The HTTP status of the model's provider if the agent reports it; otherwise 0.
std::int64_t model_status(const contracts::DeveloperWorkerOutput& output) {
    if (!output.data || !output.data->is_object()) return 0;
    const auto status = output.data->find(contracts::kModelStatus);
    return status != output.data->end() && status->is_number_integer() ? status->get<std::int64_t>()
                                                                       : 0;
}

// Whether the provider refused the turn only for now (too many requests, an error of its own).
bool turned_away(const contracts::DeveloperWorkerOutput& output) {
    if (const std::int64_t status = model_status(output); status > 0)
        return status == 429 || status >= 500;
    // Agents that do not report the status only have a message.
    return says_any(contracts::lower_case(output.error.value_or("")), kUpstreamWords);
}

bool wants_money(const contracts::DeveloperWorkerOutput& output) {
    if (const std::int64_t status = model_status(output); status > 0) return status == 402;
    return says_any(contracts::lower_case(output.error.value_or("")), kUnpaidWords);
}

bool has_verdict(const contracts::DeveloperWorkerOutput& output) {
    return output.summary.has_value() || (output.data && output.data->contains("exit_code"));
}

}  // namespace

TurnEnd end_of(const contracts::DeveloperWorkerOutput& output) {
    using contracts::ResultStatus;
    if (output.status != ResultStatus::success && ran_out_of_memory(output))
        return TurnEnd::out_of_memory;
    switch (output.status) {
        case ResultStatus::success:
            return TurnEnd::success;
        case ResultStatus::timeout:
            return TurnEnd::timed_out;
        case ResultStatus::failed:
            return has_verdict(output) ? TurnEnd::refused : TurnEnd::broken;
        case ResultStatus::error:
            if (wants_money(output)) return TurnEnd::unpaid;
            return turned_away(output) ? TurnEnd::upstream : TurnEnd::broken;
    }
    return TurnEnd::broken;
}

}  // namespace control::graphs
