// The state of each user's chat: what waits for its turn, which workers it has requested, which
// messages it has processed, and what it still has to send. Functions over Queries, so that a
// decision, its state and its messages are one transaction.
#pragma once

#include "contracts/messages/chat.h"
#include "control/store/database.h"

namespace control {

// At most one of `hire_id` and `turn_id` is set: a Product Owner is being created, or is working.
struct Chat {
    std::string user_id;
    std::optional<contracts::Channel> channel;  // the channel of the user's last message
    std::optional<std::string> address;
    std::optional<std::string> worker_id;         // the user's Product Owner, if known
    std::optional<std::string> hire_id;           // the request of the current create
    std::int64_t hires = 0;                       // creates since the last Product Owner
    std::optional<contracts::Timestamp> hire_at;  // when the create is given up or requested again
    std::optional<std::string> turn_id;           // the request of the current turn
    std::optional<contracts::Timestamp> turn_ends;   // when the turn is considered lost
    std::optional<contracts::Channel> turn_channel;  // the channel for its answer
    std::optional<std::string> turn_address;
    std::optional<std::string> turn_correlation;
    bool told_to_wait = false;       // in this turn
    bool asked_to_go_on = false;     // nothing continues until the user writes
    std::int64_t unasked_turns = 0;  // consecutive turns that no person asked for
    bool needs_summary = false;      // the worker knows nothing of the conversation yet
    std::optional<contracts::Timestamp> talk_began;  // workers do not receive messages from before
                                                     // this time
    std::optional<std::string> session_id{};         // the agent's own id for this conversation
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
    std::int64_t seq = 0;  // assigned by the store
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
    std::optional<contracts::Timestamp> retired_at;  // since when it belongs to no user
};
void visit_fields(ChatWorker& worker, contracts::FieldList& fields);

// A task that has not ended and whose user has a channel.
struct FollowedTask {
    std::string task_id;
    std::string project;  // its name
    std::string user_id;
    contracts::Channel channel = contracts::Channel::terminal;
    std::string address;
};

struct ChatEffect {
    std::int64_t seq = 0;  // assigned by the store
    std::string key;       // the message's identity within its stream
    std::string stream;
    std::string body;  // JSON
    // A Redis key that is set for a day together with the publication; without a value it is
    // deleted.
    std::optional<std::string> sets_key{};
    std::optional<std::string> sets_value{};
};

namespace chats {

using contracts::Timestamp;

// The state of this user's chat; a new one if there is no row.
[[nodiscard]] Result<Chat> load(Queries& db, const std::string& user_id);
[[nodiscard]] Result<void> save(Queries& db, const Chat& chat);
[[nodiscard]] Result<std::optional<Chat>> find_hire(Queries& db, const std::string& hire_id);
// The users whose create or turn is overdue.
[[nodiscard]] Result<std::vector<std::string>> due(Queries& db, Timestamp now);
// Chats in a turn whose worker is unknown to the store or removed.
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

// Records that a message was processed. False: it was processed before.
[[nodiscard]] Result<bool> see(Queries& db, const std::string& key, Timestamp now);
[[nodiscard]] Result<bool> was_seen(Queries& db, const std::string& key);
// Renews the time of a key that may be processed again after a while; false: it is too early.
[[nodiscard]] Result<bool> see_again(Queries& db, const std::string& key, Timestamp since,
                                     Timestamp now);
// Forgets keys that were recorded before `cutoff`, at most `limit`. Returns how many.
[[nodiscard]] Result<std::int64_t> prune_seen(Queries& db, Timestamp cutoff, int limit);

[[nodiscard]] Result<void> add_effect(Queries& db, const ChatEffect& effect);
// In the order in which they were decided.
[[nodiscard]] Result<std::vector<ChatEffect>> effects(Queries& db, int limit);
[[nodiscard]] Result<void> erase_effect(Queries& db, std::int64_t seq);

}  // namespace chats
}  // namespace control
