// The outcome of a turn, judged from the agent's report and the run's receipt.
#pragma once

#include "contracts/messages/meta.h"
#include "contracts/messages/worker.h"
#include "wrapper/agent/runner.h"

namespace wrapper {

struct Outcome {
    contracts::ResultStatus status = contracts::ResultStatus::error;
    std::string error;  // the cause, for people who investigate
    std::string text;   // what a po worker answers its user
    std::string summary;
    std::optional<std::string> commit_sha;
    std::optional<std::string> pr_url;
    std::string push_error;  // why the push to the task's branch failed; empty: it did not
    std::string kept_ref;    // where it is kept instead
    contracts::Json data;    // null: none
    // Another turn in the same session may still produce an answer.
    bool unfinished = false;       // the agent reports that it is still working
    bool missing_block = false;    // the verdict is missing or cannot be read
    bool session_unknown = false;  // the agent no longer knows its session
};

// `timeout` is the turn's time limit, for messages about it.
[[nodiscard]] Outcome judge(const Report& report, const Receipt& receipt,
                            contracts::WorkerType worker_type, bool by_exit_code,
                            std::chrono::seconds timeout);

// If a turn failed because memory ran out or the model's API refused it, `data` says so
// (contracts::kOutOfMemory, kModelStatus), so that readers of the output need not parse text.
void name_cause(Outcome& outcome, const Receipt& receipt, const Report& report);

// "30 minutes", "90 seconds".
[[nodiscard]] std::string in_words(std::chrono::seconds time);

}  // namespace wrapper
