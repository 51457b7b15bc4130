// task_progress:{task_id}: what a person may watch while a task runs.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

enum class ProgressType { started, progress, completed, failed };
inline constexpr std::string_view kProgressTypeNames[] = {"started", "progress", "completed",
                                                          "failed"};
constexpr Choices choices_of(ProgressType) {
    return kProgressTypeNames;
}

struct ProgressEvent {
    ProgressType type = ProgressType::progress;
    std::string request_id;
    std::optional<std::string> task_id;
    Timestamp timestamp{};
    std::optional<std::string> message;
    std::optional<std::int64_t> progress_pct;
    std::optional<std::string> current_step;
    std::optional<std::string> error;
};
void visit_fields(ProgressEvent& message, FieldList& fields);

}  // namespace contracts
