// Users: the people who may write to the bot, and which of them are administrators.
#pragma once

#include "contracts/entities/entities.h"
#include "control/store/entity_table.h"

namespace control::users {

using contracts::Timestamp;
using contracts::User;

// Filters: telegram_id. Each user owns their own row.
[[nodiscard]] Result<Page<User>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<User>> find(Queries& db, const std::string& id,
                                        const Owner& owner = {});
[[nodiscard]] Result<Stored<User>> find_by_telegram_id(Queries& db, const std::string& telegram_id);
[[nodiscard]] Result<std::vector<User>> admins(Queries& db);
// A telegram_id that exists already: `conflict`.
[[nodiscard]] Result<void> insert(Queries& db, const User& user, Timestamp now);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<User>& user);
// A user who owns projects is kept: `conflict`. The user's tokens are erased as well.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

}  // namespace control::users
