#include "control/api/reminders.h"

#include "contracts/base/id.h"

namespace control {

namespace {

constexpr contracts::Bounds kReminderWords{1, 2'000};
constexpr contracts::Bounds kReminderSeconds{10, 366 * 24 * 3600};

}  // namespace

void visit_fields(NewReminder& reminder, contracts::FieldList& fields) {
    fields.required("text", reminder.text, kReminderWords);
    fields.required("in_seconds", reminder.in_seconds, kReminderSeconds);
}

Result<Reminder> ReminderResource::make(Queries& db, const Caller& caller, New&& body,
                                        contracts::Timestamp now) {
    if (caller.user_id.empty())
        return fail(ErrorKind::permission, "a reminder belongs to a user", {},
                    "use the user's own token");
    Reminder made;
    made.id = contracts::make_uuid7(now);
    made.user_id = caller.user_id;
    made.text = std::move(body.text);
    made.due_at = now + std::chrono::seconds(body.in_seconds);
    made.created_at = now;
    if (Result<void> put = reminders::insert(db, made); !put) return put.fault();
    return made;
}

}  // namespace control
