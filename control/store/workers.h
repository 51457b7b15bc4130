// Workers: what was asked for, where it stands, and the responses that still have to be sent.
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
    out_of_memory,  // killed, and the kernel had killed for want of memory
    killed,         // by SIGKILL
    timeout,        // terminated by SIGTERM, which this daemon did not send
    stopped,        // terminated by this daemon: a delete, or the end of a demo
    exit_code,      // any other exit code
    lost,           // its container is gone
    unknown,        // it ended, and the runtime does not know how
    idle,           // stopped by this daemon: nobody has talked to it for long
    hung,           // killed by this daemon: its PID 1 gave no sign of life
    disk_full,      // stopped by this daemon: its files were more than it may have
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
    std::string instance_id;  // the runtime's; empty: none yet
    contracts::Timestamp created_at{};
    std::optional<contracts::Timestamp> ended_at;
    std::optional<std::int64_t> exit_code;
    std::string error;
    std::optional<EndCause> cause;                  // set when it ended
    std::optional<contracts::Timestamp> paused_at;  // since when it is frozen; read only here
    std::string delete_request_id;                  // empty: nobody has asked
    std::string owner;         // the daemon that has it; empty: it waits for one
    std::int64_t fencing = 1;  // grows with every change of the row
    // A value of the context, empty when it is not there.
    [[nodiscard]] std::string about(const std::string& key) const;
};

struct WorkerResponseRow {
    std::int64_t seq = 0;
    std::string stream;
    std::string data;
};

namespace workers {

// False: a worker of this request (or id) is there already, and nothing was written.
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
// Not there, or somebody else's: `not_found`.
[[nodiscard]] Result<Stored<WorkerRow>> find(Queries& db, const std::string& id,
                                             const Owner& owner);
// Everything that changes in a worker's life. When it ends, its token and the tokens made with that
// one are revoked. Fails with `conflict` when the row has changed since `worker` was read: then
// another daemon may have it.
[[nodiscard]] Result<void> update(Queries& db, const WorkerRow& worker);
// The end of what a worker wrote, kept when it has ended. It does not count as a change of the row.
[[nodiscard]] Result<void> keep_output(Queries& db, const std::string& id, std::string output);
// Absent: nothing was kept.
[[nodiscard]] Result<std::optional<std::string>> last_output(Queries& db, const std::string& id);
// The lowest slot of this daemon, below `limit`, that none of its workers holds.
[[nodiscard]] Result<std::optional<std::int64_t>> free_slot(Queries& db, const std::string& owner,
                                                            std::int64_t limit);
// Moves what is waited for by times of this table: a create that waits for a slot, the remains of a
// worker of this daemon that wait to be removed.
[[nodiscard]] Result<void> shift_times(Queries& db, const std::string& owner,
                                       std::chrono::milliseconds by);
// Forgets removed workers older than `cutoff`, at most `limit`.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit);

// `owner`: the daemon that is to send it.
[[nodiscard]] Result<void> add_response(Queries& db, const std::string& owner,
                                        std::string_view stream, std::string data);
// Those that this daemon sends, and those that are nobody's; the oldest first.
[[nodiscard]] Result<std::vector<WorkerResponseRow>> responses(Queries& db,
                                                               const std::string& owner, int limit);
// From now on `to` sends what `from` was to send. How many there were.
[[nodiscard]] Result<std::int64_t> hand_responses(Queries& db, const std::string& from,
                                                  const std::string& to);
[[nodiscard]] Result<void> erase_response(Queries& db, std::int64_t seq);

}  // namespace workers
}  // namespace control
