#include "wrapper/agent/outcome.h"

#include "wrapper/agent/verdict.h"

namespace wrapper {

namespace {

using contracts::Json;
using contracts::ResultStatus;

std::string with_evidence(std::string cause, const std::string& evidence) {
    if (!evidence.empty()) cause.append(": ").append(evidence);
    return cause;
}

const std::string& evidence_of(const Report& report) {
    return report.error_tail.empty() ? report.output_tail : report.error_tail;
}

Outcome ended(ResultStatus status, std::string cause, std::string sentence) {
    Outcome outcome;
    outcome.status = status;
    outcome.error = std::move(cause);
    outcome.text = std::move(sentence);
    return outcome;
}

Outcome went_wrong(std::string cause) {
    return ended(ResultStatus::error, std::move(cause),
                 "The agent could not answer: something went wrong while it worked.");
}

std::string no_result(const Report& report) {
    std::string cause = "the agent ended without a final result line";
    if (report.lost_lines > 0)
        cause += " that could be read: " + std::to_string(report.lost_lines) +
                 " of its lines had more than 1 MiB";
    return cause;
}

// Moves a field out of `data` only if the output's reader accepts its form.
std::optional<std::string> take_text(Json& data, const char* name,
                                     const contracts::Bounds& bounds) {
    const auto found = data.find(name);
    if (found == data.end() || !found->is_string()) return std::nullopt;
    std::string text = found->get<std::string>();
    const auto size = static_cast<std::int64_t>(text.size());
    if (size < std::max<std::int64_t>(1, bounds.low) || size > bounds.high) return std::nullopt;
    if (bounds.shape.matches != nullptr && !bounds.shape.matches(text)) return std::nullopt;
    data.erase(found);
    return text;
}

Outcome by_verdict(contracts::AgentVerdict verdict) {
    Outcome outcome;
    outcome.summary = std::move(verdict.summary);
    outcome.data = std::move(verdict.data);
    if (outcome.data.is_object()) {
        outcome.commit_sha = take_text(outcome.data, "commit_sha", contracts::kShortText);
        outcome.pr_url = take_text(outcome.data, "pr_url", contracts::kShortText);
    }
    switch (verdict.status) {
        case contracts::VerdictStatus::success:
            outcome.status = ResultStatus::success;
            break;
        case contracts::VerdictStatus::failure:
            outcome.status = ResultStatus::failed;
            outcome.error = outcome.summary.empty() ? "the agent reports a failure without a reason"
                                                    : outcome.summary;
            break;
        case contracts::VerdictStatus::in_progress:
            outcome.status = ResultStatus::failed;
            outcome.error = "agent stopped while in progress";
            outcome.unfinished = true;
            break;
    }
    return outcome;
}

Outcome by_exit_code(const Report& report, const Receipt& receipt) {
    Outcome outcome;
    outcome.status = receipt.exit_code == 0 ? ResultStatus::success : ResultStatus::failed;
    if (receipt.exit_code != 0) outcome.error = "exit code " + std::to_string(receipt.exit_code);
    std::string output = report.output_tail;
    if (!report.error_tail.empty()) {
        if (!output.empty() && !output.ends_with('\n')) output += '\n';
        output += report.error_tail;
        if (output.size() > kEvidence) output.erase(0, output.size() - kEvidence);
    }
    outcome.text = output;
    outcome.data = Json{{"exit_code", receipt.exit_code}, {"output", std::move(output)}};
    return outcome;
}

Outcome by_words(const Report& report, contracts::WorkerType worker_type) {
    if (worker_type == contracts::WorkerType::po) {
        Outcome outcome;
        outcome.status = ResultStatus::success;
        outcome.text = *report.text;
        return outcome;
    }
    contracts::Result<contracts::AgentVerdict> verdict = read_verdict(*report.text);
    if (verdict) return by_verdict(std::move(*verdict));
    const std::string& text = *report.text;
    const std::string tail = text.substr(text.size() - std::min(text.size(), kEvidence));
    Outcome outcome = went_wrong(with_evidence(verdict.error().describe(), tail));
    outcome.missing_block = true;
    return outcome;
}

}  // namespace

std::string in_words(std::chrono::seconds time) {
    const auto count = time.count();
    if (count == 60) return "1 minute";
    if (count % 60 == 0) return std::to_string(count / 60) + " minutes";
    return std::to_string(count) + (count == 1 ? " second" : " seconds");
}

Outcome judge(const Report& report, const Receipt& receipt, contracts::WorkerType worker_type,
              bool exit_code_decides, std::chrono::seconds timeout) {
    switch (receipt.ending) {
        case Ending::not_started:
            return went_wrong(receipt.sentence());
        case Ending::timed_out:
            return ended(ResultStatus::timeout,
                         with_evidence("the agent did not finish in " + in_words(timeout),
                                       report.error.empty() ? evidence_of(report) : report.error),
                         "The agent did not finish in " + in_words(timeout) + ".");
        case Ending::stopped:
            return ended(ResultStatus::failed, "the worker was stopped while the agent ran",
                         "The agent was stopped before it finished.");
        case Ending::killed:
            if (!report.complete)
                return went_wrong(with_evidence(receipt.sentence(), evidence_of(report)));
            break;
        case Ending::exited:
        case Ending::dismissed:
            break;
    }
    if (exit_code_decides) return by_exit_code(report, receipt);
    Outcome outcome;
    if (!report.error.empty())
        outcome = went_wrong(report.error);
    else if (receipt.exit_code != 0 && !report.complete)
        outcome = went_wrong(with_evidence(receipt.sentence(), evidence_of(report)));
    else if (!report.text)
        outcome = went_wrong(with_evidence(no_result(report), evidence_of(report)));
    else
        return by_words(report, worker_type);
    outcome.session_unknown = report.session_unknown;
    return outcome;
}

void name_cause(Outcome& outcome, const Receipt& receipt, const Report& report) {
    const bool known = receipt.oom_kills > 0 || report.model_status > 0;
    if (!known || outcome.status == ResultStatus::success) return;
    if (!outcome.data.is_object()) outcome.data = Json::object();
    if (receipt.oom_kills > 0) outcome.data[contracts::kCauseOfDeath] = contracts::kOutOfMemory;
    if (report.model_status > 0) outcome.data[contracts::kModelStatus] = report.model_status;
}

}  // namespace wrapper
