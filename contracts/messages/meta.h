// What every message has in common.
#pragma once

#include "contracts/fields/field_list.h"

namespace contracts {

enum class Version { v1 };
inline constexpr std::string_view kVersionNames[] = {"1"};
constexpr Choices choices_of(Version) {
    return kVersionNames;
}

// Older writers leave out all of it; the reader then fills it in.
struct QueueMeta {
    Version version = Version::v1;
    std::string correlation_id;
    Timestamp timestamp{};
    std::optional<std::string> traceparent;  // W3C trace context
};
void visit_fields(QueueMeta& message, FieldList& fields);

struct BaseMessage : QueueMeta {
    std::string request_id;
    std::optional<std::string> callback_stream;
};
void visit_fields(BaseMessage& message, FieldList& fields);

enum class ResultStatus { success, failed, error, timeout };
inline constexpr std::string_view kResultStatusNames[] = {"success", "failed", "error", "timeout"};
constexpr Choices choices_of(ResultStatus) {
    return kResultStatusNames;
}

struct BaseResult {
    std::string request_id;
    ResultStatus status = ResultStatus::success;
    std::optional<std::string> error;
    std::optional<std::int64_t> duration_ms;
    std::optional<std::string> correlation_id;
    std::optional<std::string> traceparent;
};
void visit_fields(BaseResult& message, FieldList& fields);

// A new message's meta: its own correlation id unless one is given.
[[nodiscard]] QueueMeta make_meta(const Clock& clock, std::string correlation_id = {});

}  // namespace contracts
