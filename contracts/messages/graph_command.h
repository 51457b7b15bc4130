// graphs:commands: a person's command to a running thread.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

enum class GraphVerb { cancel, pause, resume, retry, answer };
inline constexpr std::string_view kGraphVerbNames[] = {"cancel", "pause", "resume", "retry",
                                                       "answer"};
constexpr Choices choices_of(GraphVerb) {
    return kGraphVerbNames;
}

struct GraphCommand : BaseMessage {
    GraphVerb command = GraphVerb::cancel;
    std::string task_id;
    std::optional<std::string> node;
    std::optional<std::string> text;
    std::optional<std::string> user_id;
};
void visit_fields(GraphCommand& message, FieldList& fields);

}  // namespace contracts
