// Reminders as the API serves them: those of a Product Owner, and those of a user.
#pragma once

#include "control/api/caller.h"
#include "control/store/reminders.h"

namespace control {

struct NewReminder {
    std::string text;
    std::int64_t in_seconds = 0;
};
void visit_fields(NewReminder& reminder, contracts::FieldList& fields);

struct ReminderResource {
    using Entity = Reminder;
    using New = NewReminder;
    static constexpr auto list = &reminders::list;
    static constexpr auto find = &reminders::find;
    static constexpr auto erase = &reminders::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
};

}  // namespace control
