// What the worker publishes to Redis, one letter (a group of commands) after another on one
// connection. Each letter is kept until Redis has confirmed it; after a lost connection the current
// letter is sent again. Progress and heartbeats are not worth that and are dropped instead.
//
// An answer of which Redis would execute only a part (a key has the wrong type) is not sent. It is
// held and retried every second, and lets the other letters pass.
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

    // Repeated until it has arrived. A command that Redis refuses permanently is logged and
    // dropped.
    void post(std::vector<contracts::OwnedCommand> commands);
    void post(contracts::OwnedCommand command);
    // All or nothing (contracts/streams/together.h).
    void post_together(std::vector<contracts::OwnedCommand> commands);
    // Sent now or not at all. Returns whether it was sent.
    bool mention(std::vector<contracts::OwnedCommand> commands);
    // Commands that are sent first on every new connection.
    void on_open(std::vector<contracts::OwnedCommand> commands) { standing_ = std::move(commands); }

    struct Question {
        std::string request_id;
        // Commands with the keys that the answer will write: these keys are watched too.
        std::vector<contracts::OwnedCommand> likely{};
        // A worker of an older version, which does not set worker:answered, may have answered: one
        // page of this stream is searched, from this id on.
        std::string output_stream{};
        std::string look_from{};
        std::vector<contracts::OwnedCommand> questions{};
        std::vector<contracts::OwnedCommand> notes{};  // sent first
        std::size_t notes_sent = 0;                    // their number
        std::size_t asked = 0;
    };
    struct Replies {
        bool answered = false;
        std::string look_on{};             // if the page was full, where the next one begins
        std::vector<std::string> texts{};  // of the replies to `questions`, empty for nil
    };
    // Asks whether the request was answered. From then on, another answer is noticed.
    void ask(Question question);
    [[nodiscard]] std::optional<Replies> take_replies();

    // Publishes the one output of a request; `take_outcome` reports the result. `ours_at`: when the
    // entry was last known to be ours; if that was long ago, ownership is checked again.
    void deliver(contracts::Answer answer, std::optional<contracts::Claim> claim,
                 contracts::Instant ours_at = {});
    [[nodiscard]] std::optional<contracts::AnswerOutcome> take_outcome();

    void watch(PollSet& poll);
    // Whether the connection was lost in this turn.
    bool step(const PollSet& poll);
    [[nodiscard]] bool empty() const { return letters_.empty(); }
    // Redis is a cluster, with which no task can be started or finished.
    [[nodiscard]] bool is_cluster() const { return is_cluster_; }
    [[nodiscard]] bool connected() const { return link_.open(); }
    [[nodiscard]] int failures() const { return link_.failures() + holds_; }
    [[nodiscard]] const std::string& last_error() const {
        return holds_ > 0 ? hold_reason_ : link_.last_error();
    }

private:
    enum class Kind { standing, notes, mention, questions, together, answer };
    struct Letter {
        Kind kind;
        std::vector<contracts::OwnedCommand> commands;
        contracts::Answer answer{};
        std::optional<contracts::Claim> claim{};
        contracts::Instant ours_at{};
        Question question{};
        contracts::Instant not_before{};  // held until then
    };
    // The stages of an answer, or of commands that are posted together.
    enum class AnswerStage { asking, publishing, settling };

    void add(Letter letter);
    void send_next();
    void send_answer(const Letter& letter);
    [[nodiscard]] bool may_publish_at_once(const Letter& letter) const;
    void send_all(const std::vector<contracts::OwnedCommand>& commands);
    void on_complete();
    void on_questions();
    void hold(contracts::Error reason);
    [[nodiscard]] contracts::Result<contracts::AnswerStep> decide() const;
    [[nodiscard]] std::vector<contracts::OwnedCommand> transaction() const;
    void on_answer();
    void on_published();
    void settled(contracts::AnswerOutcome outcome);
    void done();
    [[nodiscard]] const contracts::Claim* claim() const;

    const contracts::Clock& clock_;
    contracts::Log log_;
    Link link_;
    std::string watched_;  // the request whose answer this connection would notice
    std::vector<contracts::OwnedCommand> watched_types_;  // and its key questions
    bool is_cluster_ = false;
    int holds_ = 0;  // consecutive ones
    std::string hold_reason_;
    std::list<Letter> letters_;
    bool under_way_ = false;  // the first letter
    std::size_t expected_ = 0;
    std::vector<contracts::Reply> replies_;  // to the first letter so far
    AnswerStage answer_stage_ = AnswerStage::asking;
    contracts::AnswerStep answer_step_ = contracts::AnswerStep::go_on;
    std::vector<contracts::OwnedCommand> standing_;
    std::optional<Replies> answers_to_questions_;
    std::optional<contracts::AnswerOutcome> outcome_;
};

}  // namespace wrapper
