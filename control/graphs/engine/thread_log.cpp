#include "control/graphs/engine/thread_log.h"

#include "contracts/base/json.h"

namespace control::graphs {

contracts::Log log_of(const contracts::Log& log, const Thread& thread) {
    const contracts::Log about = log.with("thread", thread.id);
    const auto state = contracts::parse_json(thread.state);
    const std::string correlation =
        state ? contracts::text_at(*state, "correlation_id") : std::string();
    return correlation.empty() ? about : about.with("correlation_id", correlation);
}

}  // namespace control::graphs
