// The state of each user's chat: what waits for its turn, which workers it has requested, what it
// has taken in, and what it still has to send. Functions over Queries, so that a decision, its
// state and its messages are one transaction.
#pragma once

#include "contracts/messages/chat.h"
#include "control/store/database.h"

namespace control {

// At most one of `hire_id` and `turn_id` is set: a Product Owner is being created, or is working.
struct Chat {
    std::string user_id;
    std::optional<contracts::Channel> channel;  // where the user wrote last
    std::optional<std::string> address;
    std::optional<std::string> worker_id;         // the user's Product Owner, as far as is known
    std::optional<std::string> hire_id;           // the request of the create in progress
    std::int64_t hires = 0;                       // creates since the last Product Owner
    std::optional<contracts::Timestamp> hire_at;  // when the create is given up or asked for again
    std::optional<std::string> turn_id;           // the request of the turn in progress
    std::optional<contracts::Timestamp> turn_ends;   // when the turn counts as lost
    std::optional<contracts::Channel> turn_channel;  // where its answer goes
    std::optional<std::string> turn_address;
    std::optional<std::string> turn_correlation;
    bool told_to_wait = false;       // in this turn
    bool asked_to_go_on = false;     // and nothing goes on until the user writes
    std::int64_t unasked_turns = 0;  // in a row that no person asked for
    bool needs_summary = false;      // the worker has heard nothing of the conversation yet
    std::optional<contracts::Timestamp> talk_began;  // workers do not get what was said before
    std::optional<std::string> session_id{};         // the agent's own, of this talk
    std::optional<contracts::Timestamp> session_used{};
};
void visit_fields(Chat& chat, contracts::FieldList& fields);

enum class LineKind { message, notice };
inline constexpr std::string_view kLineKindNames[] = {"message", "notice"};
constexpr contracts::Choices choices_of(LineKind) {
    return kLineKindNames;
}

// An entry that waits for the Product Owner. A notice has neither channel nor address.
struct LineEntry {
    std::int64_t seq = 0;  // given by the store
    std::string user_id;
    LineKind kind = LineKind::message;
    std::optional<contracts::Channel> channel{};
    std::optional<std::string> address{};
    std::string text;
    std::string correlation;
};
void visit_fields(LineEntry& entry, contracts::FieldList& fields);

struct ChatWorker {
    std::string worker_id;
    std::string user_id;
    std::optional<contracts::Timestamp> retired_at;  // since when it is nobody's
};
void visit_fields(ChatWorker& worker, contracts::FieldList& fields);

// A task that has not ended, of a user who has written from somewhere.
struct FollowedTask {
    std::string task_id;
    std::string project;  // its name
    std::string user_id;
    contracts::Channel channel = contracts::Channel::terminal;
    std::string address;
};

struct ChatEffect {
    std::int64_t seq = 0;  // given by the store
    std::string key;       // the message's identity within its stream
    std::string stream;
    std::string body;  // JSON
    // A Redis key that is set in the same transaction, for a day; without a value it is deleted.
    std::optional<std::string> sets_key{};
    std::optional<std::string> sets_value{};
};

namespace chats {

using contracts::Timestamp;

// A user without a row has a fresh one.
[[nodiscard]] Result<Chat> load(Queries& db, const std::string& user_id);
[[nodiscard]] Result<void> save(Queries& db, const Chat& chat);
[[nodiscard]] Result<std::optional<Chat>> find_hire(Queries& db, const std::string& hire_id);
// Whose create or turn is overdue.
[[nodiscard]] Result<std::vector<std::string>> due(Queries& db, Timestamp now);
// In a turn whose worker the store does not know, or knows as removed.
[[nodiscard]] Result<std::vector<Chat>> without_worker(Queries& db);
[[nodiscard]] Result<std::vector<FollowedTask>> followed_tasks(Queries& db);

[[nodiscard]] Result<void> add_to_line(Queries& db, const LineEntry& entry);
// The oldest first.
[[nodiscard]] Result<std::vector<LineEntry>> line(Queries& db, const std::string& user_id,
                                                  LineKind kind, int limit);
[[nodiscard]] Result<std::int64_t> count_line(Queries& db, const std::string& user_id,
                                              LineKind kind);
[[nodiscard]] Result<void> erase_from_line(Queries& db, std::int64_t seq);

[[nodiscard]] Result<void> save_worker(Queries& db, const ChatWorker& worker);
[[nodiscard]] Result<std::optional<ChatWorker>> find_worker(Queries& db,
                                                            const std::string& worker_id);
[[nodiscard]] Result<std::vector<ChatWorker>> workers(Queries& db);
[[nodiscard]] Result<void> erase_worker(Queries& db, const std::string& worker_id);

// False: it was taken in before.
[[nodiscard]] Result<bool> see(Queries& db, const std::string& key, Timestamp now);
[[nodiscard]] Result<bool> was_seen(Queries& db, const std::string& key);
// Moves the time of a key that may be seen again after a while; false: that while is not over.
[[nodiscard]] Result<bool> see_again(Queries& db, const std::string& key, Timestamp since,
                                     Timestamp now);
// Forgets what was seen before `cutoff`, at most `limit`. Returns how many.
[[nodiscard]] Result<std::int64_t> prune_seen(Queries& db, Timestamp cutoff, int limit);

[[nodiscard]] Result<void> add_effect(Queries& db, const ChatEffect& effect);
// In the order of their decision.
[[nodiscard]] Result<std::vector<ChatEffect>> effects(Queries& db, int limit);
[[nodiscard]] Result<void> erase_effect(Queries& db, std::int64_t seq);

}  // namespace chats
}  // namespace control
