// Threads: durable runs of graphs (people see them as flows, flows.h), with what they wait for, the
// events they received, what they still have to send, and their recent steps. Functions over
// Queries, so that a step's rows are one transaction.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/fields/field_list.h"
#include "control/store/database.h"

#include <span>

namespace control {

using contracts::Timestamp;

enum class ThreadStatus { running, waiting, paused, completed, failed, blocked, cancelled };
inline constexpr std::string_view kThreadStatusNames[] = {
    "running", "waiting", "paused", "completed", "failed", "blocked", "cancelled"};
constexpr contracts::Choices choices_of(ThreadStatus) {
    return kThreadStatusNames;
}

// Whether it will never change again.
[[nodiscard]] constexpr bool is_final(ThreadStatus status) {
    return status == ThreadStatus::completed || status == ThreadStatus::cancelled;
}
// The state machine of threads.
[[nodiscard]] bool may_become(ThreadStatus from, ThreadStatus to);

struct Thread {
    std::string id;
    std::string graph;
    std::string subject;  // what it is about, unique within its graph: a task's id
    std::string node;
    ThreadStatus status = ThreadStatus::running;
    std::int64_t step = 0;  // completed steps; the next one has this number
    std::string state;      // JSON
    std::optional<std::string> reason;
    std::int64_t fencing = 0;
    std::optional<std::string> owner;   // the holder of the lease, while running
    std::optional<Timestamp> wake_at;   // when a daemon must look at it
    std::optional<Timestamp> deadline;  // when waiting becomes a timeout
    Timestamp created_at{};
    Timestamp updated_at{};
};

struct ThreadStep {
    std::int64_t step = 0;
    Timestamp at{};
    std::string node;
    std::string event;
    std::string outcome;
};

struct ThreadWait {
    std::string key;
    std::string thread_id;
    bool active = false;
};

struct InboxEvent {
    std::string key;
    std::string thread_id;
    std::string body;  // JSON
};

struct OutboxEffect {
    std::int64_t seq = 0;  // assigned by the store
    std::string key;
    std::string thread_id;
    std::string kind;    // "publish", "call"
    std::string target;  // the stream, or the name of the call
    std::string body;    // JSON
    std::string owner;   // whose publisher delivers it while its lease lasts
    Timestamp lease_until{};
    std::int64_t attempts = 0;
    Timestamp next_at{};
};

namespace threads {

// False: the graph already has a thread for this subject, and nothing was written.
[[nodiscard]] Result<bool> insert(Queries& db, const Thread& thread);
[[nodiscard]] Result<std::optional<Thread>> find(Queries& db, const std::string& id);
[[nodiscard]] Result<std::optional<Thread>> find_subject(Queries& db, const std::string& graph,
                                                         const std::string& subject);
// Writes all fields that can change, if the row's fencing number is still `fencing`. False: it is
// not, and nothing was written.
[[nodiscard]] Result<bool> update_if(Queries& db, const Thread& thread, std::int64_t fencing);
// The same for callers that cannot continue otherwise: `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Thread& thread, std::int64_t fencing);
// Running or waiting threads with wake_at ≤ now, the longest overdue first.
[[nodiscard]] Result<std::vector<Thread>> due(Queries& db, Timestamp now, int limit);
// The earliest wake_at of all threads.
[[nodiscard]] Result<std::optional<Timestamp>> next_due(Queries& db);
// Moves all times that are waited for: those of threads that have not ended, and those in the
// outbox.
[[nodiscard]] Result<void> shift_times(Queries& db, std::chrono::milliseconds by);
// Releases the leases that `owner` held in an earlier run, so that nobody has to wait until they
// expire. Returns how many.
[[nodiscard]] Result<std::int64_t> release(Queries& db, const std::string& owner, Timestamp now);
// Erases at most `limit` threads that ended for good before `cutoff`, with all their rows. Returns
// how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit);

[[nodiscard]] Result<void> add_step(Queries& db, const std::string& thread, const ThreadStep& step);
// Keeps the last `keep` steps before `next`.
[[nodiscard]] Result<void> compact_steps(Queries& db, const std::string& thread, std::int64_t next,
                                         std::int64_t keep);
// The newest first.
[[nodiscard]] Result<std::vector<ThreadStep>> steps(Queries& db, const std::string& thread,
                                                    int limit);

[[nodiscard]] Result<std::optional<ThreadWait>> find_wait(Queries& db, const std::string& key);
[[nodiscard]] Result<std::vector<ThreadWait>> waits(Queries& db, const std::string& thread);
// Replaces what the thread waits for; keys that it waited for before and that got no answer become
// inactive.
[[nodiscard]] Result<void> set_waits(Queries& db, const std::string& thread,
                                     std::span<const std::string> keys);
[[nodiscard]] Result<void> erase_wait(Queries& db, const std::string& key);

// False: an event with this key was received before. An empty body means that it is handled in this
// transaction.
[[nodiscard]] Result<bool> receive(Queries& db, const InboxEvent& event, Timestamp now);
// The oldest event of the thread's mailbox.
[[nodiscard]] Result<std::optional<InboxEvent>> next_received(Queries& db,
                                                              const std::string& thread);
[[nodiscard]] Result<void> mark_handled(Queries& db, const std::string& key);
// Erases handled events older than `cutoff`, at most `limit`.
[[nodiscard]] Result<std::int64_t> prune_inbox(Queries& db, Timestamp cutoff, int limit);

[[nodiscard]] Result<void> add_effect(Queries& db, const OutboxEffect& effect);
// The owner's undelivered effects of a kind with next_at ≤ now, in order.
[[nodiscard]] Result<std::vector<OutboxEffect>> undelivered(Queries& db, const std::string& owner,
                                                            const std::string& kind, Timestamp now,
                                                            int limit);
[[nodiscard]] Result<void> postpone(Queries& db, const std::string& key, std::int64_t attempts,
                                    Timestamp next_at);
// False: it was erased already (delivered by another daemon).
[[nodiscard]] Result<bool> erase_effect(Queries& db, const std::string& key);
// The owners of messages whose leases have expired.
[[nodiscard]] Result<std::vector<std::string>> expired_owners(Queries& db, Timestamp now);
// Makes `to` the owner of the messages whose lease `from` let expire. Returns how many.
[[nodiscard]] Result<std::int64_t> take_over(Queries& db, const std::string& from,
                                             const std::string& to, Timestamp now,
                                             Timestamp lease_until);
// The calls with next_at ≤ now that `owner` may make, in order: its own and those whose leases have
// expired. Only names that begin with one of `prefixes`.
[[nodiscard]] Result<std::vector<OutboxEffect>> due_calls(Queries& db, const std::string& owner,
                                                          std::span<const std::string> prefixes,
                                                          Timestamp now, int limit);
// Leases a call to `owner` until then. False: another daemon has it, or it is done.
[[nodiscard]] Result<bool> lease_call(Queries& db, const std::string& key, const std::string& owner,
                                      Timestamp now, Timestamp lease_until);

}  // namespace threads
}  // namespace control
