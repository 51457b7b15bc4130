// The one output of a request, published exactly once however often and by whomever this is tried:
// the worker that did the work, its next run, or the manager that found it dead.
//
// The key names::answered(request_id) is watched, and set in the transaction that publishes, so
// only one of two publishers succeeds. Ownership of the pending entry is checked first: a result is
// fenced off if another consumer has claimed the entry. An entry that is pending with no consumer
// (trimmed, or Redis came back empty) fences nothing, because no other result will come.
//
// All commands take effect or none: if a key has the wrong type for a command, the answer fails
// with `conflict` and names the key (together.h).
#pragma once

#include "contracts/streams/connection.h"

namespace contracts {

struct Answer {
    std::string request_id;
    std::string output_stream;
    std::string output;  // the output message as JSON text
    // Published with it in the same transaction: lifecycle events, status hashes …
    std::vector<OwnedCommand> also{};
};

// The pending entry an answer acknowledges.
struct Claim {
    std::string stream;
    std::string group;
    std::string consumer;
    std::string entry_id;
};

enum class AnswerOutcome {
    published,  // output, `also` and the acknowledgement are durable
    already,    // the request had its output: nothing was published, the entry was acknowledged
    fenced,     // the entry belongs to another consumer: nothing was published or acknowledged
};

// A message as the answer to its own request, for senders that may have to send it again: it is
// published once for its stream, its `task_id` (two senders may have chosen one request_id) and
// `request_id`.
[[nodiscard]] Answer sent_once(std::string_view stream, std::string_view task_id,
                               std::string_view request_id, std::string message);

// With a claim the entry is acknowledged in the same transaction; without one (the manager's crash
// result) only `already` or `published` can come back. Gives up as `transient` after kTogetherTries
// watched keys changed in between.
[[nodiscard]] Result<AnswerOutcome> answer_once(Connection& connection, const Answer& answer,
                                                const Claim* claim);

// The same in steps, for a caller that sends and receives by itself: send `answer_questions` and
// decide from their replies; `go_on` needs `answer_commands` in MULTI and EXEC, where nil means:
// start again. The other two need `settle_commands`.
enum class AnswerStep { go_on, already, fenced };
[[nodiscard]] std::vector<OwnedCommand> answer_questions(const Answer& answer, const Claim* claim);
[[nodiscard]] Result<AnswerStep> decide_answer(const Answer& answer, std::span<const Reply> replies,
                                               const Claim* claim);
[[nodiscard]] std::vector<OwnedCommand> answer_commands(const Answer& answer, const Claim* claim);
// The questions that ask for the types of its keys.
[[nodiscard]] std::vector<OwnedCommand> answer_key_questions(const Answer& answer,
                                                             const Claim* claim);
[[nodiscard]] std::vector<OwnedCommand> settle_commands(AnswerStep step, const Claim* claim);

}  // namespace contracts
