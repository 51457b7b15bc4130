// Notices: what happened to a user's work, told without having been asked (chat:notices). A notice
// is an effect of the step that it reports, so it is sent exactly when that step is true, and once.
#pragma once

#include "contracts/messages/notice.h"
#include "control/graphs/kit/moment.h"

namespace control::graphs {

// Publish it as the last effect of a decision: what stands before keeps its keys. `text`: one or
// two plain sentences that say what happened and what the user can do next.
void notify(const Moment& moment, const TaskPart& task, contracts::NoticeKind kind,
            std::string text, Json data = Json::object());

// The text with a full stop at its end, unless it ends as a sentence does.
[[nodiscard]] std::string as_sentence(std::string text);

}  // namespace control::graphs
