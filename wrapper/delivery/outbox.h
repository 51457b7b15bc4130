// What the worker tells Redis, one letter after another on one connection, each held until it is
// known to have arrived: a lost connection means that the letter under way is sent again. Progress
// and heartbeats are not worth that and are dropped instead.
#pragma once

#include "contracts/streams/answer.h"
#include "wrapper/delivery/link.h"

#include <list>
#include <vector>

namespace wrapper {

class Outbox {
public:
    Outbox(const contracts::RedisAddress& address, const contracts::Clock& clock,
           contracts::Log log);

    // Sent until it has arrived. A command that Redis refuses for good is logged and left.
    void post(std::vector<contracts::OwnedCommand> commands);
    void post(contracts::OwnedCommand command);
    // As one MULTI.
    void post_together(std::vector<contracts::OwnedCommand> commands);
    // Sent now or never: whether it is on its way.
    bool mention(contracts::OwnedCommand command);
    // What is to be set whenever a connection is new, before anything else.
    void on_open(std::vector<contracts::OwnedCommand> commands) { standing_ = std::move(commands); }

    // Sends `notes`, and asks whether the request was answered; from here on nobody answers it
    // unnoticed. The texts of the replies come by `take_replies`, empty for nil: first whether it
    // was answered, then those to `questions`.
    void ask(std::string request_id, std::vector<contracts::OwnedCommand> questions,
             std::vector<contracts::OwnedCommand> notes);
    [[nodiscard]] std::optional<std::vector<std::string>> take_replies();

    // The one output of a request; how it went comes by `take_outcome`. `ours_at`: when the entry
    // was last known to be ours; long ago, it is asked once more.
    void deliver(contracts::Answer answer, std::optional<contracts::Claim> claim,
                 contracts::Instant ours_at = {});
    [[nodiscard]] std::optional<contracts::AnswerOutcome> take_outcome();

    void watch(PollSet& poll);
    // Whether the connection was lost in this turn.
    bool step(const PollSet& poll);
    [[nodiscard]] bool empty() const { return letters_.empty(); }
    [[nodiscard]] bool connected() const { return link_.open(); }
    [[nodiscard]] int failures() const { return link_.failures(); }
    [[nodiscard]] const std::string& last_error() const { return link_.last_error(); }

private:
    enum class Kind { standing, notes, mention, questions, answer };
    struct Letter {
        Kind kind;
        std::vector<contracts::OwnedCommand> commands;
        contracts::Answer answer{};
        std::optional<contracts::Claim> claim{};
        contracts::Instant ours_at{};
        std::string request_id{};      // of questions: what they watch
        std::size_t replies_from = 0;  // of questions: where what was asked begins
    };
    // Of an answer under way.
    enum class AnswerStage { asking, publishing, settling };

    void add(Letter letter);
    void send_next();
    void send_answer(const Letter& letter);
    [[nodiscard]] bool may_publish_at_once(const Letter& letter) const;
    void send_all(const std::vector<contracts::OwnedCommand>& commands);
    void on_complete();
    void on_answer();
    void on_published();
    void settled(contracts::AnswerOutcome outcome);
    void done();
    [[nodiscard]] const contracts::Claim* claim() const;

    const contracts::Clock& clock_;
    contracts::Log log_;
    Link link_;
    std::string watched_;  // the request whose answer this connection would notice
    std::list<Letter> letters_;
    bool under_way_ = false;  // the first letter
    std::size_t expected_ = 0;
    std::vector<contracts::Reply> replies_;  // to the first letter so far
    AnswerStage answer_stage_ = AnswerStage::asking;
    contracts::AnswerStep answer_step_ = contracts::AnswerStep::go_on;
    std::vector<contracts::OwnedCommand> standing_;
    std::optional<std::vector<std::string>> answers_to_questions_;
    std::optional<contracts::AnswerOutcome> outcome_;
};

}  // namespace wrapper
