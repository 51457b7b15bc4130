#include "control/store/users.h"

#include "control/store/tokens.h"

namespace control::users {

namespace {

constexpr EntityTable kTable{"users", "user", "id = ", "", kNone};

Result<void> name_taken_id(Result<void> outcome) {
    return unless_taken(std::move(outcome), "users.telegram_id",
                        {.kind = ErrorKind::conflict,
                         .message = "another user has this telegram_id",
                         .field = "telegram_id"});
}

}  // namespace

Result<Page<User>> list(Queries& db, const PageRequest& page) {
    return list_entities<User>(db, kTable, page);
}

Result<Stored<User>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<User>(db, kTable, id, owner);
}

Result<Stored<User>> find_by_telegram_id(Queries& db, const std::string& telegram_id) {
    Result<Page<User>> page = list(db, {1, {}, {{"telegram_id", telegram_id}}});
    if (!page) return page.fault();
    if (page->items.empty())
        return fail(ErrorKind::not_found, "there is no user with telegram_id " + telegram_id);
    return std::move(page->items.front());
}

Result<std::vector<User>> admins(Queries& db) {
    std::string sql = "SELECT ";
    sql.append(columns_of<User>().listed).append(" FROM users WHERE is_admin = 1 ORDER BY id");
    Result<Rows> rows = db.query(sql);
    if (!rows) return rows.fault();
    std::vector<User> found;
    for (const Row& row : rows->rows) {
        Result<User> user = read_row<User>(row);
        if (!user) return fail(std::move(user.error()).context(kTable.name));
        found.push_back(*std::move(user));
    }
    return found;
}

Result<void> insert(Queries& db, const User& user, Timestamp now) {
    return name_taken_id(
        insert_entity(db, kTable, user, {{"created_at", now.time_since_epoch().count()}}));
}

Result<void> update(Queries& db, const Stored<User>& user) {
    return name_taken_id(update_entity(db, kTable, user));
}

Result<void> erase(Queries& db, const std::string& id) {
    Result<Rows> owned = db.query("SELECT id FROM projects WHERE owner_id = $1 LIMIT 1", {id});
    if (!owned) return owned.fault();
    if (!owned->rows.empty())
        return fail(ErrorKind::conflict, "the user owns projects", {},
                    "give them another owner_id first");
    if (Result<void> gone = tokens::erase_of_user(db, id); !gone) return gone;
    return rows::erase(db, kTable, id);
}

}  // namespace control::users
