#include "wrapper/agent/custom.h"

#include "wrapper/agent/verdict.h"

namespace wrapper {

AgentCommand CustomRunner::begin(Turn turn) {
    output_ = contracts::BoundedText(settings_.exit_code_is_verdict ? kEvidence : kKeptOutput);
    errors_ = contracts::BoundedText(kEvidence);
    looked_at_ = 0;
    answered_ = false;
    AgentCommand command;
    command.argv = settings_.command;
    if (settings_.wants_prompt) command.input = std::move(turn.prompt);
    return command;
}

// Only in silence: searching every piece of output would cost more than reading it.
bool CustomRunner::has_answer(Moment moment) {
    if (settings_.exit_code_is_verdict || moment == Moment::speaking) return false;
    if (!answered_ && looked_at_ != output_.total()) answered_ = has_final_verdict(output_.text());
    looked_at_ = output_.total();
    return answered_;
}

Report CustomRunner::report() {
    Report report;
    report.output_tail = output_.tail(kEvidence);
    report.error_tail = errors_.tail(kEvidence);
    if (settings_.exit_code_is_verdict) return report;
    report.text = output_.text();
    report.complete = has_final_verdict(*report.text);
    return report;
}

}  // namespace wrapper
