#include "control/store/servers.h"

namespace control::servers {

namespace {

constexpr EntityTable kTable{"servers", "server", kAnybodys, "", kAnybodys};

Result<void> name_taken(Result<void> outcome) {
    return unless_taken(std::move(outcome), "servers.handle",
                        {.kind = ErrorKind::conflict,
                         .message = "another server has this handle",
                         .field = "handle"});
}

}  // namespace

Result<Page<Server>> list(Queries& db, const PageRequest& page) {
    return list_entities<Server>(db, kTable, page);
}

Result<Stored<Server>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<Server>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const Server& row, Timestamp now) {
    return name_taken(
        insert_entity(db, kTable, row, {{"created_at", now.time_since_epoch().count()}}));
}

Result<void> update(Queries& db, const Stored<Server>& row) {
    return name_taken(update_entity(db, kTable, row));
}

Result<void> erase(Queries& db, const std::string& id) {
    Result<void> erased = rows::erase(db, kTable, id);
    if (!erased && erased.error().kind == ErrorKind::conflict)
        return fail(ErrorKind::conflict, "the server is in use", {},
                    "remove its allocations, deployments and incidents first");
    return erased;
}

}  // namespace control::servers
