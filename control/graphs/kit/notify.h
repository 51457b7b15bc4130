// Notices: reports to a user about the user's work, without a question (chat:notices). A notice is
// an effect of the step that it reports, so it is sent if and only if that step is committed, and
// once.
#pragma once

#include "contracts/messages/notice.h"
#include "control/graphs/kit/moment.h"

namespace control::graphs {

// Publish it as the last effect of a decision, so that the keys of the other effects do not change.
// `text`: one or two plain sentences that say what happened and what the user can do next.
void notify(const Moment& moment, const TaskPart& task, contracts::NoticeKind kind,
            std::string text, Json data = Json::object());

// The text with a full stop at its end, unless it already ends like a sentence.
[[nodiscard]] std::string as_sentence(std::string text);

}  // namespace control::graphs
