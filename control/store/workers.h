// Workers: their configuration, their state, and the responses that still have to be sent.
// Functions over Queries, so that a decision and its response are one transaction.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/messages/worker.h"
#include "control/store/entity_table.h"

namespace control {

// queued → creating → running → ended → removed; a creation that fails goes from creating to
// removed, a worker to be deleted through ended.
enum class WorkerPhase { queued, creating, running, ended, removed };
inline constexpr std::string_view kWorkerPhaseNames[] = {"queued", "creating", "running", "ended",
                                                         "removed"};
constexpr contracts::Choices choices_of(WorkerPhase) {
    return kWorkerPhaseNames;
}

// Why a worker ended; its name travels in `data.cause` of the output published for a dead
// developer.
enum class EndCause {
    finished,       // exit code 0
    out_of_memory,  // killed, because the kernel was out of memory
    killed,         // by SIGKILL
    timeout,        // terminated by SIGTERM, which this daemon did not send
    stopped,        // terminated by this daemon: a delete, or the end of a demo
    exit_code,      // any other exit code
    lost,           // its container is gone
    unknown,        // it ended, and the runtime does not report how
    idle,           // stopped by this daemon: nobody has used it for long
    hung,           // killed by this daemon: its PID 1 sent no heartbeat
    disk_full,      // stopped by this daemon: its files exceeded their limit
};
inline constexpr std::string_view kEndCauseNames[] = {
    "finished", "out_of_memory", "killed", "timeout", "stopped",  "exit_code",
    "lost",     "unknown",       "idle",   "hung",    "disk_full"};
constexpr contracts::Choices choices_of(EndCause) {
    return kEndCauseNames;
}

struct WorkerRow {
    std::string id;
    std::string request_id;  // of the create command
    WorkerPhase phase = WorkerPhase::queued;
    contracts::WorkerConfig config;
    std::map<std::string, std::string> context;
    std::optional<std::int64_t> slot;
    std::string instance_id;  // the runtime's id; empty: none yet
    contracts::Timestamp created_at{};
    std::optional<contracts::Timestamp> ended_at;
    std::optional<std::int64_t> exit_code;
    std::string error;
    std::optional<EndCause> cause;                  // set once it has ended
    std::optional<contracts::Timestamp> paused_at;  // since when it is frozen; update() does not
                                                    // write it
    std::string delete_request_id;                  // empty: no delete was requested
    std::string owner;         // the daemon that runs it; empty: it waits for one
    std::int64_t fencing = 1;  // grows with every change of the row
    // A value of the context; empty if there is none.
    [[nodiscard]] std::string about(const std::string& key) const;
};

struct WorkerResponseRow {
    std::int64_t seq = 0;
    std::string stream;
    std::string data;
};

namespace workers {

// False: a worker with this request (or id) exists, and nothing was written.
[[nodiscard]] Result<bool> insert(Queries& db, const WorkerRow& worker);
[[nodiscard]] Result<std::optional<WorkerRow>> find(Queries& db, const std::string& id);
[[nodiscard]] Result<std::optional<WorkerRow>> find_request(Queries& db,
                                                            const std::string& request_id);
// Of all daemons, the oldest first.
[[nodiscard]] Result<std::vector<WorkerRow>> in_phase(Queries& db, WorkerPhase phase);
// Of one daemon, the oldest first.
[[nodiscard]] Result<std::vector<WorkerRow>> of_daemon(Queries& db, const std::string& owner,
                                                       WorkerPhase phase);
// The newest first. Filters: state, type, task_id. The owner is that of the task's project.
[[nodiscard]] Result<Page<WorkerRow>> list(Queries& db, const PageRequest& page);
// No such worker, or somebody else's: `not_found`.
[[nodiscard]] Result<Stored<WorkerRow>> find(Queries& db, const std::string& id,
                                             const Owner& owner);
// Writes what changes in a worker's life. When it ends, its token and the tokens created with it
// are revoked. Fails with `conflict` if the row has changed since `worker` was read: another daemon
// may have it.
[[nodiscard]] Result<void> update(Queries& db, const WorkerRow& worker);
// The end of a worker's output, stored when it has ended. Does not count as a change of the row.
[[nodiscard]] Result<void> keep_output(Queries& db, const std::string& id, std::string output);
// Absent: none was stored.
[[nodiscard]] Result<std::optional<std::string>> last_output(Queries& db, const std::string& id);
// The lowest slot of this daemon, below `limit`, that none of its workers holds.
[[nodiscard]] Result<std::optional<std::int64_t>> free_slot(Queries& db, const std::string& owner,
                                                            std::int64_t limit);
// Moves the times of this table that are waited for: those of a create that waits for a slot, and
// of a worker of this daemon whose remains wait to be removed.
[[nodiscard]] Result<void> shift_times(Queries& db, const std::string& owner,
                                       std::chrono::milliseconds by);
// Erases removed workers older than `cutoff`, at most `limit`.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit);

// `owner`: the daemon that should send it.
[[nodiscard]] Result<void> add_response(Queries& db, const std::string& owner,
                                        std::string_view stream, std::string data);
// Those that this daemon sends, and those without an owner; the oldest first.
[[nodiscard]] Result<std::vector<WorkerResponseRow>> responses(Queries& db,
                                                               const std::string& owner, int limit);
// From now on `to` sends the responses of `from`. Returns how many there were.
[[nodiscard]] Result<std::int64_t> hand_responses(Queries& db, const std::string& from,
                                                  const std::string& to);
[[nodiscard]] Result<void> erase_response(Queries& db, std::int64_t seq);

}  // namespace workers
}  // namespace control
