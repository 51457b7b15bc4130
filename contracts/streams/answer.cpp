#include "contracts/streams/answer.h"

#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/together.h"
#include "contracts/streams/words.h"

namespace contracts {

namespace {

OwnedCommand acknowledge(const Claim& claim) {
    return words({"XACK", claim.stream, claim.group, claim.entry_id});
}

// The commands with the same keys, without the bytes of the message.
std::vector<OwnedCommand> keys_of(const Answer& answer, const Claim* claim) {
    return answer_commands({.request_id = answer.request_id,
                            .output_stream = answer.output_stream,
                            .output = {},
                            .also = answer.also},
                           claim);
}

std::string answered_seconds() {
    return std::to_string(std::chrono::seconds(names::kAnsweredTtl).count());
}

}  // namespace

Answer sent_once(std::string_view stream, std::string_view task_id, std::string_view request_id,
                 std::string message) {
    std::string once(stream);
    once.append(":").append(task_id).append(":").append(request_id);
    return Answer{.request_id = std::move(once),
                  .output_stream = std::string(stream),
                  .output = std::move(message)};
}

std::vector<OwnedCommand> answer_key_questions(const Answer& answer, const Claim* claim) {
    return type_questions(keys_of(answer, claim));
}

std::vector<OwnedCommand> answer_questions(const Answer& answer, const Claim* claim) {
    const std::string key = names::answered(answer.request_id);
    std::vector<OwnedCommand> questions{words({"WATCH", key}), words({"GET", key})};
    if (claim != nullptr)
        questions.push_back(words(
            {"XPENDING", claim->stream, claim->group, claim->entry_id, claim->entry_id, "1"}));
    for (OwnedCommand& question : answer_key_questions(answer, claim))
        questions.push_back(std::move(question));
    return questions;
}

Result<AnswerStep> decide_answer(const Answer& answer, std::span<const Reply> replies,
                                 const Claim* claim) {
    const std::size_t own = claim == nullptr ? 2 : 3;
    for (const Reply& reply : replies.first(own)) {
        // If the stream or the group is missing, the entry is pending with no consumer.
        if (reply.view().is_error() && !reply.view().text().starts_with("NOGROUP"))
            return fail(error_of(reply.view()));
    }
    if (!replies[1].view().is_nil()) return AnswerStep::already;
    const std::string_view owner =
        claim == nullptr ? std::string_view() : replies[2].view()[0][1].text();
    if (!owner.empty() && owner != claim->consumer) return AnswerStep::fenced;
    if (auto checked = check_types(keys_of(answer, claim), replies.subspan(own)); !checked)
        return checked.fault();
    return AnswerStep::go_on;
}

std::vector<OwnedCommand> answer_commands(const Answer& answer, const Claim* claim) {
    std::vector<OwnedCommand> commands{publish_command(answer.output_stream, answer.output)};
    commands.insert(commands.end(), answer.also.begin(), answer.also.end());
    commands.push_back(
        words({"SET", names::answered(answer.request_id), "1", "EX", answered_seconds()}));
    if (claim != nullptr) commands.push_back(acknowledge(*claim));
    return commands;
}

std::vector<OwnedCommand> settle_commands(AnswerStep step, const Claim* claim) {
    std::vector<OwnedCommand> commands{words({"UNWATCH"})};
    if (step == AnswerStep::already && claim != nullptr) commands.push_back(acknowledge(*claim));
    return commands;
}

Result<AnswerOutcome> answer_once(Connection& connection, const Answer& answer,
                                  const Claim* claim) {
    for (int tries = 0; tries < kTogetherTries; ++tries) {
        Result<std::vector<Reply>> replies = connection.pipeline(answer_questions(answer, claim));
        if (!replies) return replies.fault();
        Result<AnswerStep> step = decide_answer(answer, *replies, claim);
        if (!step) {
            (void)connection.command({"UNWATCH"});  // the next command reports its failure
            return step.fault();
        }
        if (*step != AnswerStep::go_on) {
            Result<std::vector<Reply>> settled = connection.pipeline(settle_commands(*step, claim));
            if (!settled) return settled.fault();
            for (const Reply& reply : *settled)
                if (reply.view().is_error()) return fail(error_of(reply.view()));
            return *step == AnswerStep::already ? AnswerOutcome::already : AnswerOutcome::fenced;
        }
        Result<std::optional<Reply>> done = connection.transaction(answer_commands(answer, claim));
        if (!done) return done.fault();
        if (*done) return AnswerOutcome::published;
    }
    return fail(ErrorKind::transient, "the answer of request " + answer.request_id +
                                          " kept changing while it was written");
}

}  // namespace contracts
