// A forge's workflow runs: requested, finished, and workflow:status in between.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

struct WorkflowTriggerRequest {
    std::string project_id;
    std::string repo_full_name;
    std::string workflow_file = "main.yml";
    std::map<std::string, std::string> inputs;
};
void visit_fields(WorkflowTriggerRequest& message, FieldList& fields);

enum class Conclusion { success, failure, cancelled, skipped };
inline constexpr std::string_view kConclusionNames[] = {"success", "failure", "cancelled",
                                                        "skipped"};
constexpr Choices choices_of(Conclusion) {
    return kConclusionNames;
}

struct WorkflowStatusResult : BaseResult {
    std::optional<std::string> run_id;
    std::optional<std::string> run_url;
    std::optional<std::string> deployed_url;
    std::optional<Conclusion> conclusion;
};
void visit_fields(WorkflowStatusResult& message, FieldList& fields);

enum class RunStatus { queued, in_progress, completed };
inline constexpr std::string_view kRunStatusNames[] = {"queued", "in_progress", "completed"};
constexpr Choices choices_of(RunStatus) {
    return kRunStatusNames;
}

struct WorkflowStatusEvent {
    std::string project_id;
    std::string run_id;
    RunStatus status = RunStatus::queued;
    std::optional<Conclusion> conclusion;
    std::optional<std::string> current_step;
    Timestamp timestamp{};
};
void visit_fields(WorkflowStatusEvent& message, FieldList& fields);

}  // namespace contracts
