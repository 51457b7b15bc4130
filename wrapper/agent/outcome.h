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
    std::string push_error;  // why the task's branch did not take that commit; empty: it did
    std::string kept_ref;    // where it is kept instead
    contracts::Json data;    // null: none
    // Another turn in the same session may still turn it into an answer.
    bool unfinished = false;       // the agent says itself that it goes on
    bool missing_block = false;    // it gave no verdict, or none that can be read
    bool session_unknown = false;  // it no longer knows its session
};

// `timeout`: what the turn had, for the words about it.
[[nodiscard]] Outcome judge(const Report& report, const Receipt& receipt,
                            contracts::WorkerType worker_type, bool by_exit_code,
                            std::chrono::seconds timeout);

// If a turn failed because memory ran out or the model's API refused it, `data` says so
// (contracts::kOutOfMemory, kModelStatus), so that readers of the output need not parse text.
void name_cause(Outcome& outcome, const Receipt& receipt, const Report& report);

// "30 minutes", "90 seconds".
[[nodiscard]] std::string in_words(std::chrono::seconds time);

}  // namespace wrapper
