#include "control/store/reminders.h"

namespace control {

namespace {

constexpr contracts::Bounds kReminderText{1, 2'000};

}  // namespace

void visit_fields(Reminder& reminder, contracts::FieldList& fields) {
    fields.required("id", reminder.id, contracts::kIdentifier);
    fields.required("user_id", reminder.user_id, contracts::kIdentifier);
    fields.required("text", reminder.text, kReminderText);
    fields.required("due_at", reminder.due_at);
    fields.required("created_at", reminder.created_at);
}

namespace reminders {

namespace {

constexpr EntityTable kReminders{"reminders", "reminder", "user_id = ", "", kNone};

}  // namespace

Result<Page<Reminder>> list(Queries& db, const PageRequest& page) {
    return list_entities<Reminder>(db, kReminders, page);
}

Result<Stored<Reminder>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<Reminder>(db, kReminders, id, owner);
}

Result<void> insert(Queries& db, const Reminder& reminder) {
    Result<Rows> count =
        db.query("SELECT COUNT(*) FROM reminders WHERE user_id = $1", {reminder.user_id});
    if (!count) return count.fault();
    if (count->rows.front().integer(0) >= kMostOfOneUser)
        return fail(ErrorKind::conflict,
                    "there are " + std::to_string(kMostOfOneUser) + " reminders already", {},
                    "cancel some; `orchestrator reminder list` shows them");
    return insert_entity(db, kReminders, reminder);
}

Result<void> erase(Queries& db, const std::string& id) {
    return rows::erase(db, kReminders, id);
}

Result<std::vector<Reminder>> due(Queries& db, contracts::Timestamp now, int limit) {
    std::string sql("SELECT ");
    sql.append(columns_of<Reminder>().listed)
        .append(" FROM reminders WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2");
    Result<Rows> found =
        db.query(sql, {std::int64_t{now.time_since_epoch().count()}, std::int64_t{limit}});
    if (!found) return found.fault();
    std::vector<Reminder> reminders;
    for (const Row& row : found->rows) {
        Result<Reminder> reminder = read_row<Reminder>(row);
        if (!reminder) return fail(std::move(reminder.error()).context(kReminders.name));
        reminders.push_back(*std::move(reminder));
    }
    return reminders;
}

}  // namespace reminders
}  // namespace control
