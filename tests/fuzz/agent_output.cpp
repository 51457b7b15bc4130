// An agent's output. The first line has its type, "resume", "po" and an exit code; then comes its
// stdout and, after a zero byte, its stderr.
#include "contracts/fields/read.h"
#include "contracts/fields/write.h"
#include "contracts/messages/po.h"
#include "tests/fuzz/target.h"
#include "wrapper/agent/verdict.h"
#include "wrapper/task.h"

#include <algorithm>

using contracts::AgentType;
using contracts::ResultStatus;
using contracts::WorkerType;
using fuzz::require;
using namespace wrapper;

namespace {

struct Printed {
    AgentType agent;
    WorkerType worker;
    bool resume;
    int exit_code;
    std::size_t pieces;  // how the output is split into pieces
    std::string_view output;
    std::string_view errors;
};

Printed read_input(std::string_view rest) {
    const std::string_view head = fuzz::take_until(rest, '\n');
    const std::string_view name = head.substr(0, head.find(' '));
    const auto has = [&](std::string_view word) {
        return head.find(word) != head.npos;
    };
    Printed printed{};
    const std::size_t sum = fuzz::sum_of(head);
    printed.agent = contracts::parse_choice<AgentType>(name).value_or(
        static_cast<AgentType>(sum % std::size(contracts::kAgentTypeNames)));
    printed.worker = has("po") ? WorkerType::po : WorkerType::developer;
    printed.resume = has("resume");
    printed.exit_code = has("1") ? 1 : 0;
    printed.pieces = 1 + sum % 17;
    printed.output = fuzz::take_until(rest, '\0');
    printed.errors = rest;
    return printed;
}

// Everything that was sent to the agent, and its report of the turn.
struct Told {
    std::string words;
    Report report;
};

std::unique_ptr<Runner> runner_of(AgentType agent) {
    RunnerSettings settings;
    settings.agent_type = agent;
    settings.command = {"agent"};
    auto runner = make_runner(std::move(settings));
    require(runner.has_value(), "every agent has a runner");
    return std::move(*runner);
}

Told run(Runner& runner, const Printed& printed, std::size_t piece) {
    Turn turn{"do it", "0190b3c4-0000-7000-8000-000000000001", printed.resume, "/workspace", {}};
    turn.environment = {"CODEX_HOME=/nonexistent", "HOME=/nonexistent"};
    Told told{runner.begin(std::move(turn)).input, {}};
    for (std::size_t at = 0; at < printed.output.size(); at += piece) {
        runner.output(printed.output.substr(at, piece));
        told.words += runner.take_words();
        if (const auto progress = runner.progress())
            require(!progress->step.empty() && progress->tokens >= 0,
                    "progress names its step and counts up");
    }
    runner.errors(printed.errors);
    told.report = runner.report();
    return told;
}

bool same(const Report& a, const Report& b) {
    return a.text == b.text && a.error == b.error && a.complete == b.complete &&
           a.session_id == b.session_id && a.session_unknown == b.session_unknown &&
           a.session_replaced == b.session_replaced && a.usage == b.usage &&
           a.usage_of_session == b.usage_of_session && a.session_cost_usd == b.session_cost_usd &&
           a.lost_lines == b.lost_lines && a.output_tail == b.output_tail &&
           a.error_tail == b.error_tail;
}

void check_words(std::string_view words) {
    while (!words.empty()) {
        const std::string_view line = fuzz::take_until(words, '\n');
        const auto message = contracts::parse_json(line);
        require(message && message->is_object(), "the agent is told one JSON object a line");
    }
}

void check_report(const Report& report, const Runner& runner, const Printed& printed) {
    require(report.output_tail.size() <= kEvidence && report.error_tail.size() <= kEvidence,
            "evidence is bounded");
    require(printed.output.ends_with(report.output_tail), "evidence is what was printed");
    require(report.session_id.empty() || runner.takes_session(report.session_id),
            "a session that is remembered may be resumed");
    if (!report.usage) return;
    require(report.usage->is_object(), "usage is an object");
    for (const auto& count : *report.usage)
        require(count.is_number_integer(), "usage counts");
}

// Checks the output that a worker would publish.
void check_output(const Report& report, const Printed& printed) {
    Receipt receipt;
    receipt.ending = Ending::exited;
    receipt.exit_code = printed.exit_code;
    const Outcome outcome = judge(report, receipt, printed.worker, false, std::chrono::seconds(9));
    if (outcome.status == ResultStatus::success) {
        require(report.text && report.error.empty(), "success has words and no error");
        require(report.complete || printed.exit_code == 0, "success is not an exit with 1");
        if (printed.worker == WorkerType::developer) {
            const auto verdict = read_verdict(*report.text);
            require(verdict && verdict->status == contracts::VerdictStatus::success,
                    "a developer's success is a verdict of success");
        }
    } else {
        require(!outcome.error.empty(), "what is no success has its cause");
    }
    Task task;
    task.request_id = task.task_id = task.user_id = "id-1";
    const std::string text = format_output(task, printed.worker, outcome,
                                           report.usage.value_or(contracts::Json()), {}, {});
    const bool taken =
        printed.worker == WorkerType::po
            ? contracts::parse_message<contracts::POWorkerOutput>(text).has_value()
            : contracts::parse_message<contracts::DeveloperWorkerOutput>(text).has_value();
    require(taken, "the output's reader takes what is published");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Printed printed = read_input(fuzz::text_of(data, size));
    const std::unique_ptr<Runner> runner = runner_of(printed.agent);
    const std::size_t at_once = std::max<std::size_t>(1, printed.output.size());
    const Told whole = run(*runner, printed, at_once);
    const Told pieces = run(*runner_of(printed.agent), printed, printed.pieces);
    require(same(whole.report, pieces.report), "how the output is cut up does not matter");
    require(whole.words == pieces.words, "how the output is cut up changes no answer");
    if (printed.agent == AgentType::acp) check_words(whole.words);
    check_report(whole.report, *runner, printed);
    check_output(whole.report, printed);
    return 0;
}
