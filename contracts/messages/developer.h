// A developer worker's input and output, and the verdict an agent ends its text with.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

inline constexpr std::int64_t kDefaultTurnSeconds = 1800;

struct DeveloperWorkerInput {
    std::string request_id;
    std::string task_id;
    std::string project_id;
    std::string prompt;
    std::int64_t timeout = kDefaultTurnSeconds;  // seconds
    Timestamp timestamp{};
    Version version = Version::v1;
    std::optional<std::string> correlation_id;
    std::optional<std::string> traceparent;
};
void visit_fields(DeveloperWorkerInput& message, FieldList& fields);

struct DeveloperWorkerOutput : BaseResult {
    std::string task_id;
    std::optional<std::string> commit_sha;  // as the worker reported it: it may be shortened
    std::optional<std::string> pr_url;
    Timestamp timestamp{};
    std::optional<std::string> summary;
    std::optional<Json> data;
    std::optional<std::string> push_error;  // why that commit is not on the task's branch
    std::optional<std::string> kept_ref;    // the ref where it is kept instead
    std::optional<Json> usage;              // tokens and cost as the agent itself reported them
};
void visit_fields(DeveloperWorkerOutput& message, FieldList& fields);

// If the worker or its agent died, `data` has the cause under this name. Everything else about a
// death is text for people.
inline constexpr const char* kCauseOfDeath = "cause";
inline constexpr std::string_view kOutOfMemory = "out_of_memory";
// If the model's API refused the agent, and the agent reports the HTTP status, `data` has that
// number under this name.
inline constexpr const char* kModelStatus = "model_status";

enum class VerdictStatus { success, failure, in_progress };
inline constexpr std::string_view kVerdictStatusNames[] = {"success", "failure", "in_progress"};
constexpr Choices choices_of(VerdictStatus) {
    return kVerdictStatusNames;
}

struct AgentVerdict {
    VerdictStatus status = VerdictStatus::success;
    std::string summary;
    Json data = Json::object();
};
void visit_fields(AgentVerdict& message, FieldList& fields);

}  // namespace contracts
