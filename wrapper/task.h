// One message that this worker answers: how it is read from its entry and how its output is
// written.
#pragma once

#include "contracts/messages/worker.h"
#include "contracts/streams/answer.h"
#include "contracts/streams/entry.h"
#include "wrapper/agent/outcome.h"

#include <optional>
#include <string>

namespace wrapper {

struct Task {
    contracts::Claim claim;
    std::string request_id;
    std::string task_id;  // developer
    std::string user_id;  // po
    std::string prompt;
    std::chrono::seconds timeout{};
    std::optional<std::string> correlation_id;
    std::optional<std::string> traceparent;
};

// Fails with `invalid`, naming the field: the entry can never be processed.
[[nodiscard]] contracts::Result<Task> read_task(const contracts::Entry& entry,
                                                contracts::WorkerType worker_type);

// The output message as JSON text. `usage`: null when the agent reported none.
[[nodiscard]] std::string format_output(const Task& task, contracts::WorkerType worker_type,
                                        Outcome outcome, const contracts::Json& usage,
                                        std::chrono::milliseconds duration,
                                        contracts::Timestamp now);

}  // namespace wrapper
