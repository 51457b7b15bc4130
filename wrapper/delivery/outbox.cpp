#include "wrapper/delivery/outbox.h"

#include "contracts/streams/names.h"
#include "contracts/streams/words.h"

namespace wrapper {

namespace {

using contracts::OwnedCommand;
using contracts::Reply;
using contracts::words;

// An entry that was ours so recently is ours: nobody claims what was idle for less.
constexpr std::chrono::milliseconds kSurelyOurs{50};

// The far side may serve us later: an overloaded, loading or read-only server, not a refusal.
const Reply* passing_fault(const std::vector<Reply>& replies) {
    for (const Reply& reply : replies)
        if (reply.view().is_error() &&
            contracts::is_retryable(contracts::error_of(reply.view()).kind))
            return &reply;
    return nullptr;
}

const Reply* any_fault(const std::vector<Reply>& replies) {
    for (const Reply& reply : replies)
        if (reply.view().is_error()) return &reply;
    return nullptr;
}

}  // namespace

Outbox::Outbox(const contracts::RedisAddress& address, const contracts::Clock& clock,
               contracts::Log log)
    : clock_(clock), log_(log), link_("output", address, clock, log) {
    link_.enable();
}

void Outbox::post(std::vector<OwnedCommand> commands) {
    add(Letter{Kind::notes, std::move(commands)});
}

void Outbox::post(OwnedCommand command) {
    std::vector<OwnedCommand> one;
    one.push_back(std::move(command));
    post(std::move(one));
}

void Outbox::post_together(std::vector<OwnedCommand> commands) {
    add(Letter{Kind::notes, contracts::in_transaction(std::move(commands))});
}

bool Outbox::mention(OwnedCommand command) {
    if (!link_.open() || !letters_.empty()) return false;
    std::vector<OwnedCommand> one;
    one.push_back(std::move(command));
    add(Letter{Kind::mention, std::move(one)});
    return true;
}

void Outbox::ask(std::string request_id, std::vector<OwnedCommand> questions,
                 std::vector<OwnedCommand> notes) {
    answers_to_questions_.reset();
    Letter letter{Kind::questions, std::move(notes)};
    const std::string key = contracts::names::answered(request_id);
    letter.request_id = std::move(request_id);
    letter.commands.push_back(words({"WATCH", key}));
    letter.replies_from = letter.commands.size();
    letter.commands.push_back(words({"GET", key}));
    letter.commands.insert(letter.commands.end(), std::make_move_iterator(questions.begin()),
                           std::make_move_iterator(questions.end()));
    add(std::move(letter));
}

std::optional<std::vector<std::string>> Outbox::take_replies() {
    return std::exchange(answers_to_questions_, std::nullopt);
}

void Outbox::deliver(contracts::Answer answer, std::optional<contracts::Claim> claim,
                     contracts::Instant ours_at) {
    outcome_.reset();
    add(Letter{Kind::answer, {}, std::move(answer), std::move(claim), ours_at});
    link_.flush();
}

std::optional<contracts::AnswerOutcome> Outbox::take_outcome() {
    return std::exchange(outcome_, std::nullopt);
}

void Outbox::watch(PollSet& poll) {
    link_.watch(poll);
}

bool Outbox::step(const PollSet& poll) {
    const Link::Change change = link_.step(poll);
    if (change == Link::Change::lost) {
        watched_.clear();
        under_way_ = false;
        replies_.clear();
        if (!letters_.empty() && letters_.front().kind == Kind::mention) letters_.pop_front();
    }
    const bool stands = !letters_.empty() && letters_.front().kind == Kind::standing;
    if (change == Link::Change::opened && !standing_.empty() && !stands)
        letters_.push_front(Letter{Kind::standing, standing_});
    send_next();
    while (std::optional<Reply> reply = link_.receive()) {
        replies_.push_back(std::move(*reply));
        if (replies_.size() == expected_) on_complete();
        if (!link_.open()) break;
    }
    return change == Link::Change::lost;
}

void Outbox::add(Letter letter) {
    letters_.push_back(std::move(letter));
    send_next();
}

void Outbox::send_next() {
    if (under_way_ || letters_.empty() || !link_.open()) return;
    under_way_ = true;
    const Letter& letter = letters_.front();
    if (letter.kind == Kind::answer) return send_answer(letter);
    // A transaction ends every watch.
    if (letter.commands.front().front() == "MULTI") watched_.clear();
    send_all(letter.commands);
}

void Outbox::send_answer(const Letter& letter) {
    const bool at_once = may_publish_at_once(letter);
    watched_.clear();
    if (at_once) {
        answer_stage_ = AnswerStage::publishing;
        return send_all(
            contracts::in_transaction(contracts::answer_commands(letter.answer, claim())));
    }
    answer_stage_ = AnswerStage::asking;
    send_all(contracts::answer_questions(letter.answer, claim()));
}

bool Outbox::may_publish_at_once(const Letter& letter) const {
    return watched_ == letter.answer.request_id && clock_.instant() - letter.ours_at < kSurelyOurs;
}

void Outbox::send_all(const std::vector<OwnedCommand>& commands) {
    replies_.clear();
    expected_ = commands.size();
    for (const OwnedCommand& command : commands) {
        if (!link_.open()) return;  // broke while sending: everything is sent again
        link_.send(command);
    }
}

void Outbox::on_complete() {
    if (const Reply* fault = passing_fault(replies_)) return link_.drop(fault->view().text());
    const Letter& letter = letters_.front();
    if (letter.kind == Kind::answer) return on_answer();
    if (const Reply* fault = any_fault(replies_))
        log_.error("Redis refused a command", {{"command", letter.commands.front().front()},
                                               {"reason", fault->view().text()}});
    if (letter.kind == Kind::questions) {
        watched_ = letter.request_id;
        answers_to_questions_.emplace();
        for (std::size_t i = letter.replies_from; i < replies_.size(); ++i)
            answers_to_questions_->emplace_back(
                replies_[i].view().is_error() ? std::string_view() : replies_[i].view().text());
    }
    done();
}

void Outbox::on_answer() {
    switch (answer_stage_) {
        case AnswerStage::asking: {
            const auto step = contracts::decide_answer(replies_, claim());
            if (!step) return link_.drop(step.error().message);
            answer_step_ = *step;
            if (answer_step_ == contracts::AnswerStep::go_on) {
                answer_stage_ = AnswerStage::publishing;
                send_all(contracts::in_transaction(
                    contracts::answer_commands(letters_.front().answer, claim())));
            } else {
                answer_stage_ = AnswerStage::settling;
                send_all(contracts::settle_commands(answer_step_, claim()));
            }
            return;
        }
        case AnswerStage::publishing:
            return on_published();
        case AnswerStage::settling:
            return settled(answer_step_ == contracts::AnswerStep::already
                               ? contracts::AnswerOutcome::already
                               : contracts::AnswerOutcome::fenced);
    }
}

void Outbox::on_published() {
    const contracts::ReplyView executed = replies_.back().view();
    // A watched key changed: look again.
    if (executed.is_nil()) {
        under_way_ = false;
        return send_next();
    }
    // EXEC's own error says only that there was one; the refusal to queue said which.
    if (const Reply* fault = any_fault(replies_)) return link_.drop(fault->view().text());
    for (std::size_t i = 0; i < executed.size(); ++i)
        if (executed[i].is_error())
            log_.error("Redis refused a part of an answer", {{"reason", executed[i].text()}});
    settled(contracts::AnswerOutcome::published);
}

void Outbox::settled(contracts::AnswerOutcome outcome) {
    outcome_ = outcome;
    done();
}

void Outbox::done() {
    letters_.pop_front();
    under_way_ = false;
    send_next();
}

const contracts::Claim* Outbox::claim() const {
    const std::optional<contracts::Claim>& claim = letters_.front().claim;
    return claim ? &*claim : nullptr;
}

}  // namespace wrapper
