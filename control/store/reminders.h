// Reminders that a Product Owner or a user has scheduled. Functions over Queries, so that
// delivering one and erasing it are one transaction.
#pragma once

#include "control/store/entity_table.h"

namespace control {

struct Reminder {
    std::string id;
    std::string user_id;  // whose Product Owner is reminded
    std::string text;
    contracts::Timestamp due_at{};
    contracts::Timestamp created_at{};
};
void visit_fields(Reminder& reminder, contracts::FieldList& fields);

namespace reminders {

inline constexpr std::int64_t kMostOfOneUser = 50;

// The newest first.
[[nodiscard]] Result<Page<Reminder>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<Reminder>> find(Queries& db, const std::string& id,
                                            const Owner& owner = {});
// A user who already has kMostOfOneUser: `conflict`.
[[nodiscard]] Result<void> insert(Queries& db, const Reminder& reminder);
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);
// Reminders that are due, the oldest first.
[[nodiscard]] Result<std::vector<Reminder>> due(Queries& db, contracts::Timestamp now, int limit);

}  // namespace reminders
}  // namespace control
