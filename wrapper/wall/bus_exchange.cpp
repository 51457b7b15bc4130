#include "wrapper/wall/bus_exchange.h"

#include "contracts/streams/words.h"

namespace wrapper {

using contracts::ReplyView;
using contracts::Result;

BusExchange::BusExchange(contracts::Connection connection, contracts::Instant due)
    : connection_(std::move(connection)), due_(due) {}

void BusExchange::ask(const contracts::OwnedCommand& command) {
    send({&command, 1});
}

void BusExchange::publish(contracts::Answer message) {
    message_ = std::move(message);
    look();
}

void BusExchange::look() {
    stage_ = Stage::looking;
    send(contracts::answer_questions(message_, nullptr));
}

void BusExchange::send(std::span<const contracts::OwnedCommand> commands) {
    replies_.clear();
    expected_ = commands.size();
    for (const contracts::OwnedCommand& command : commands)
        connection_.send(command);
}

void BusExchange::watch(PollSet& poll) {
    poll.want(connection_.fd(),
              static_cast<short>(POLLIN | (connection_.wants_write() ? POLLOUT : 0)));
    poll.wake_at(due_);
}

std::optional<Result<ReplyView>> BusExchange::step(contracts::Instant now) {
    bool lost = !connection_.flush();
    while (!lost && replies_.size() < expected_) {
        Result<std::optional<contracts::Reply>> got = connection_.receive();
        lost = !got;
        if (lost || !*got) break;
        replies_.push_back(std::move(**got));
    }
    if (replies_.size() == expected_) return on_replies();
    if (!lost && now < due_) return std::nullopt;
    return contracts::fail(contracts::ErrorKind::transient, "the bus did not answer");
}

std::optional<Result<ReplyView>> BusExchange::on_replies() {
    const ReplyView last = replies_.back().view();
    if (stage_ == Stage::looking) {
        // The questions, and how their replies are read, are those of an answer.
        const auto step = contracts::decide_answer(message_, replies_, nullptr);
        if (!step) return step.fault();
        if (*step == contracts::AnswerStep::already) return ReplyView(nullptr);
        stage_ = Stage::publishing;
        send(contracts::in_transaction(contracts::answer_commands(message_, nullptr)));
        return std::nullopt;
    }
    for (const contracts::Reply& reply : replies_)
        if (reply.view().is_error()) return contracts::fail(contracts::error_of(reply.view()));
    if (stage_ == Stage::asking) return last;
    // A watched key changed: look again.
    if (last.is_nil()) {
        look();
        return std::nullopt;
    }
    for (std::size_t i = 0; i < last.size(); ++i)
        if (last[i].is_error()) return contracts::fail(contracts::error_of(last[i]));
    return last[0];
}

}  // namespace wrapper
