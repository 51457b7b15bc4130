// Commands of people to flows, workers and projects: rows that the API writes and that the
// responsible role carries out once (a project's are carried out as they are written). They record
// who sent them, when, and the outcome. Functions over Queries, so that a command and its changes
// are one transaction.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/entity_table.h"

namespace control {

enum class CommandTarget { flow, task, worker, project };  // task: the task's flow, of any graph
inline constexpr std::string_view kCommandTargetNames[] = {"flow", "task", "worker", "project"};
constexpr contracts::Choices choices_of(CommandTarget) {
    return kCommandTargetNames;
}

enum class CommandVerb { pause, resume, retry, answer, cancel, kill, logs, follow, redeploy };
inline constexpr std::string_view kCommandVerbNames[] = {
    "pause", "resume", "retry", "answer", "cancel", "kill", "logs", "follow", "redeploy"};
constexpr contracts::Choices choices_of(CommandVerb) {
    return kCommandVerbNames;
}

// waiting → taken → done, or → refused from either. A command that is carried out in one
// transaction is never visible as taken.
enum class CommandStatus { waiting, taken, done, refused };
inline constexpr std::string_view kCommandStatusNames[] = {"waiting", "taken", "done", "refused"};
constexpr contracts::Choices choices_of(CommandStatus) {
    return kCommandStatusNames;
}

struct PersonCommand {
    std::string id;
    CommandTarget target = CommandTarget::flow;
    std::string target_id;
    std::optional<std::string> task_id;  // the task of the flow or worker: its owner may see the
                                         // row
    CommandVerb command = CommandVerb::pause;
    std::optional<std::string> node;  // for retry
    std::optional<std::string> text;  // for answer, retry, cancel
    std::string asked_by;             // "token 0a1b…", "worker w1", "local"
    std::optional<std::string> user_id;
    CommandStatus status = CommandStatus::waiting;
    std::optional<std::string> taken_by;   // the daemon
    std::optional<std::string> reason;     // why it was refused
    std::optional<std::string> next_step;  // what to do instead
    std::optional<std::string> output;     // for logs, and for follow while it is taken
    contracts::Timestamp created_at{};
    std::optional<contracts::Timestamp> taken_at;  // for follow: when the output was last read
    std::optional<contracts::Timestamp> ended_at;
};
void visit_fields(PersonCommand& command, contracts::FieldList& fields);

namespace commands {

// A command that no daemon has picked up after this long is refused, because its sender has moved
// on.
inline constexpr std::chrono::minutes kPatience{15};

// Filters: target, target_id, task_id, status. The owner is that of the task's project.
[[nodiscard]] Result<Page<PersonCommand>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<PersonCommand>> find(Queries& db, const std::string& id,
                                                 const Owner& owner = {});
[[nodiscard]] Result<void> insert(Queries& db, const PersonCommand& command);
// The oldest first.
[[nodiscard]] Result<std::vector<PersonCommand>> in_status(Queries& db, CommandStatus status,
                                                           CommandTarget target, int limit);
// Writes its current state. False: the command has ended in the meantime, and nothing was written.
[[nodiscard]] Result<bool> update(Queries& db, const PersonCommand& command);
// The state of a command that could not be carried out, for `update`.
void refuse(PersonCommand& command, const Error& why, contracts::Timestamp now);
// Erases commands that were sent before `cutoff`, at most `limit`.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit);

}  // namespace commands
}  // namespace control
