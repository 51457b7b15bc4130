#include "wrapper/delivery/outbox.h"

#include "contracts/streams/cluster.h"
#include "contracts/streams/given_answer.h"
#include "contracts/streams/names.h"
#include "contracts/streams/together.h"
#include "contracts/streams/words.h"

#include <algorithm>

namespace wrapper {

namespace {

using contracts::OwnedCommand;
using contracts::Reply;
using contracts::words;

// An entry that was ours this recently still is: no worker claims one that was idle for less.
constexpr std::chrono::milliseconds kSurelyOurs{50};
// A person has to repair a key of the wrong type, so we need not retry often.
constexpr std::chrono::seconds kHold{1};

// Redis may accept this later: it is overloaded, loading or read-only. This is not a refusal.
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
    add(Letter{Kind::together, std::move(commands)});
}

bool Outbox::mention(std::vector<OwnedCommand> commands) {
    if (!link_.open() || !letters_.empty()) return false;
    add(Letter{Kind::mention, std::move(commands)});
    return true;
}

void Outbox::ask(Question question) {
    answers_to_questions_.reset();
    question.notes_sent = question.notes.size();
    question.asked = question.questions.size();
    Letter letter{Kind::questions, std::move(question.notes)};
    const std::string key = contracts::names::answered(question.request_id);
    std::vector<OwnedCommand>& all = letter.commands;
    all.push_back(words({"WATCH", key}));
    all.push_back(words({"GET", key}));
    for (OwnedCommand& one : question.questions)
        all.push_back(std::move(one));
    for (OwnedCommand& one : contracts::type_questions(question.likely))
        all.push_back(std::move(one));
    all.push_back(contracts::look_for_answer(question.output_stream, question.look_from));
    letter.question = std::move(question);
    add(std::move(letter));
}

std::optional<Outbox::Replies> Outbox::take_replies() {
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
    if (!under_way_ && link_.open())
        for (const Letter& letter : letters_)
            poll.wake_at(letter.not_before);
}

bool Outbox::step(const PollSet& poll) {
    const Link::Change change = link_.step(poll);
    if (change == Link::Change::lost) {
        watched_.clear();
        under_way_ = false;
        replies_.clear();
        if (!letters_.empty() && letters_.front().kind == Kind::mention) letters_.pop_front();
    }
    if (change == Link::Change::opened) is_cluster_ = false;
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
    if (under_way_ || !link_.open()) return;
    const contracts::Instant now = clock_.instant();
    const auto due = std::ranges::find_if(
        letters_, [now](const Letter& letter) { return letter.not_before <= now; });
    if (due == letters_.end()) return;
    letters_.splice(letters_.begin(), letters_, due);
    under_way_ = true;
    const Letter& letter = letters_.front();
    if (letter.kind == Kind::answer) return send_answer(letter);
    if (letter.kind == Kind::together) {
        // A transaction ends every watch.
        watched_.clear();
        answer_stage_ = AnswerStage::asking;
        return send_all(contracts::type_questions(letter.commands));
    }
    send_all(letter.commands);
}

void Outbox::send_answer(const Letter& letter) {
    const bool at_once = may_publish_at_once(letter);
    watched_.clear();
    answer_stage_ = at_once ? AnswerStage::publishing : AnswerStage::asking;
    send_all(at_once ? transaction() : contracts::answer_questions(letter.answer, claim()));
}

bool Outbox::may_publish_at_once(const Letter& letter) const {
    return watched_ == letter.answer.request_id &&
           clock_.instant() - letter.ours_at < kSurelyOurs &&
           contracts::answer_key_questions(letter.answer, claim()) == watched_types_;
}

std::vector<OwnedCommand> Outbox::transaction() const {
    const Letter& letter = letters_.front();
    return contracts::in_transaction(letter.kind == Kind::together
                                         ? letter.commands
                                         : contracts::answer_commands(letter.answer, claim()));
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
    for (const Reply& reply : replies_)
        is_cluster_ = is_cluster_ || contracts::tells_of_cluster(reply.view());
    if (const Reply* fault = passing_fault(replies_)) return link_.drop(fault->view().text());
    const Letter& letter = letters_.front();
    if (letter.kind == Kind::answer || letter.kind == Kind::together) return on_answer();
    if (letter.kind == Kind::questions) return on_questions();
    for (std::size_t i = 0; i < replies_.size(); ++i)
        if (replies_[i].view().is_error())
            log_.error("Redis refused a command", {{"command", letter.commands[i].front()},
                                                   {"reason", replies_[i].view().text()}});
    done();
}

// The replies to the notes, WATCH, GET, the questions, the type questions, and the search for an
// answer.
void Outbox::on_questions() {
    const Question& question = letters_.front().question;
    const std::vector<OwnedCommand> types = contracts::type_questions(question.likely);
    std::span<const Reply> rest = replies_;
    const Reply& look = rest.back();
    const std::span<const Reply> typed = rest.last(types.size() + 1).first(types.size());
    rest = rest.subspan(question.notes_sent + 1, 1 + question.asked);
    if (rest.front().view().is_error()) return hold(contracts::error_of(rest.front().view()));
    watched_.clear();
    watched_types_ = types;
    if (contracts::check_types(question.likely, typed)) watched_ = question.request_id;
    Replies& told = answers_to_questions_.emplace();
    const contracts::GivenAnswer given = contracts::find_answer(question.request_id, look.view());
    told.answered = !rest.front().view().is_nil() || given.found;
    told.look_on = given.look_on;
    for (const Reply& reply : rest.subspan(1))
        told.texts.emplace_back(reply.view().is_error() ? std::string_view() : reply.view().text());
    done();
}

contracts::Result<contracts::AnswerStep> Outbox::decide() const {
    const Letter& letter = letters_.front();
    if (letter.kind == Kind::answer)
        return contracts::decide_answer(letter.answer, replies_, claim());
    if (auto checked = contracts::check_types(letter.commands, replies_); !checked)
        return checked.fault();
    return contracts::AnswerStep::go_on;
}

void Outbox::hold(contracts::Error reason) {
    if (std::string told = reason.describe(); told != hold_reason_ || holds_ == 0) {
        hold_reason_ = std::move(told);
        log_.error("Redis would execute only a part of an answer", {{"reason", hold_reason_}});
    }
    ++holds_;
    letters_.front().not_before = clock_.instant() + kHold;
    under_way_ = false;
    send_next();
}

void Outbox::on_answer() {
    switch (answer_stage_) {
        case AnswerStage::asking: {
            auto step = decide();
            if (!step) return hold(std::move(step.error()));
            answer_step_ = *step;
            const bool goes_on = answer_step_ == contracts::AnswerStep::go_on;
            answer_stage_ = goes_on ? AnswerStage::publishing : AnswerStage::settling;
            return send_all(goes_on ? transaction()
                                    : contracts::settle_commands(answer_step_, claim()));
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
    // EXEC reports only that a command failed; the refusal to queue it names the command.
    if (const Reply* fault = any_fault(replies_)) return link_.drop(fault->view().text());
    for (std::size_t i = 0; i < executed.size(); ++i)
        if (executed[i].is_error())
            log_.error("Redis refused a part of an answer", {{"reason", executed[i].text()}});
    settled(contracts::AnswerOutcome::published);
}

void Outbox::settled(contracts::AnswerOutcome outcome) {
    holds_ = 0;
    if (letters_.front().kind == Kind::answer) outcome_ = outcome;
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
