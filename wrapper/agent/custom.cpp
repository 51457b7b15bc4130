#include "wrapper/agent/custom.h"

namespace wrapper {

AgentCommand CustomRunner::begin(Turn turn) {
    output_ = contracts::BoundedText(settings_.exit_code_is_verdict ? kEvidence : kKeptOutput);
    errors_ = contracts::BoundedText(kEvidence);
    return AgentCommand{settings_.command, {}, std::move(turn.prompt)};
}

Report CustomRunner::report() {
    Report report;
    report.output_tail = output_.tail(kEvidence);
    report.error_tail = errors_.tail(kEvidence);
    if (!settings_.exit_code_is_verdict) report.text = output_.text();
    return report;
}

}  // namespace wrapper
