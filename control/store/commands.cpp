#include "control/store/commands.h"

namespace control {

using contracts::kIdentifier;
using contracts::kShortText;

void visit_fields(PersonCommand& command, contracts::FieldList& fields) {
    fields.required("id", command.id, kIdentifier);
    fields.required("target", command.target);
    fields.required("target_id", command.target_id, kIdentifier);
    fields.optional("task_id", command.task_id, kIdentifier);
    fields.required("command", command.command);
    fields.optional("node", command.node, kShortText);
    fields.optional("text", command.text);
    fields.required("asked_by", command.asked_by, kShortText);
    fields.optional("user_id", command.user_id, kIdentifier);
    fields.required("status", command.status);
    fields.optional("taken_by", command.taken_by, kShortText);
    fields.optional("reason", command.reason);
    fields.optional("next_step", command.next_step);
    fields.optional("output", command.output);
    fields.required("created_at", command.created_at);
    fields.optional("taken_at", command.taken_at);
    fields.optional("ended_at", command.ended_at);
}

namespace commands {

namespace {

constexpr EntityTable kTable{"commands",
                             "command",
                             "task_id IN (SELECT id FROM tasks WHERE project_id IN "
                             "(SELECT id FROM projects WHERE owner_id = ",
                             "))",
                             "task_id IN (SELECT id FROM tasks WHERE project_id = ",
                             ")"};

Value number_of(contracts::Timestamp time) {
    return std::int64_t{time.time_since_epoch().count()};
}

}  // namespace

Result<Page<PersonCommand>> list(Queries& db, const PageRequest& page) {
    return list_entities<PersonCommand>(db, kTable, page);
}

Result<Stored<PersonCommand>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<PersonCommand>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const PersonCommand& command) {
    return insert_entity(db, kTable, command);
}

Result<std::vector<PersonCommand>> in_status(Queries& db, CommandStatus status,
                                             CommandTarget target, int limit) {
    // The status is a literal in the statement, so that the index of open commands is used.
    Result<Rows> rows =
        db.query("SELECT " + columns_of<PersonCommand>().listed +
                     " FROM commands WHERE status = '" + std::string(contracts::to_text(status)) +
                     "' AND target = $1 ORDER BY created_at, id LIMIT $2",
                 {std::string(contracts::to_text(target)), std::int64_t{limit}});
    if (!rows) return rows.fault();
    std::vector<PersonCommand> found;
    for (const Row& row : rows->rows) {
        Result<PersonCommand> command = read_row<PersonCommand>(row);
        if (!command) return fail(std::move(command.error()).context("commands"));
        found.push_back(*std::move(command));
    }
    return found;
}

Result<bool> update(Queries& db, const PersonCommand& command) {
    Result<Stored<PersonCommand>> stored = find(db, command.id);
    if (!stored && stored.error().kind == ErrorKind::not_found) return false;
    if (!stored) return stored.fault();
    const CommandStatus now = stored->entity.status;
    if (now == CommandStatus::done || now == CommandStatus::refused) return false;
    stored->entity = command;
    if (Result<void> updated = update_entity(db, kTable, *stored); !updated) return updated.fault();
    return true;
}

void refuse(PersonCommand& command, const Error& why, contracts::Timestamp now) {
    command.status = CommandStatus::refused;
    command.reason = why.message;
    if (!why.next_step.empty()) command.next_step = why.next_step;
    command.ended_at = now;
}

Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit) {
    Result<Rows> rows = db.query(
        "DELETE FROM commands WHERE id IN (SELECT id FROM commands WHERE created_at < $1 "
        "ORDER BY created_at, id LIMIT $2)",
        {number_of(cutoff), std::int64_t{limit}});
    if (!rows) return rows.fault();
    return rows->changed;
}

}  // namespace commands
}  // namespace control
