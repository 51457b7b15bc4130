#include "control/graphs/engine/thread_log.h"

#include "contracts/base/json.h"
#include "contracts/base/trace_id.h"

namespace control::graphs {

contracts::Log log_of(const contracts::Log& log, const Thread& thread) {
    const contracts::Log about = log.with("thread", thread.id);
    const auto state = contracts::parse_json(thread.state);
    const auto text = [&](const char* name) {
        return state ? contracts::text_at(*state, name) : std::string();
    };
    const std::string correlation = text("correlation_id");
    const std::string parent = text("traceparent");
    if (correlation.empty() && parent.empty())
        return about.with("trace_id", contracts::trace_id_of("flow:" + thread.id));
    return contracts::log_of_request(about, correlation, parent);
}

}  // namespace control::graphs
