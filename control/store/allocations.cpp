#include "control/store/allocations.h"

namespace control::allocations {

namespace {

constexpr EntityTable kTable{"allocations", "allocation",
                             "project_id IN (SELECT id FROM projects WHERE owner_id = ", ")",
                             "project_id = "};

Result<void> name_taken(Result<void> outcome) {
    return unless_taken(std::move(outcome), "allocations.server_id, allocations.port",
                        {.kind = ErrorKind::conflict,
                         .message = "is already in use on this server",
                         .field = "port"});
}

}  // namespace

Result<Page<Allocation>> list(Queries& db, const PageRequest& page) {
    return list_entities<Allocation>(db, kTable, page);
}

Result<Stored<Allocation>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<Allocation>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const Allocation& row, Timestamp now) {
    return name_taken(
        insert_entity(db, kTable, row, {{"created_at", now.time_since_epoch().count()}}));
}

Result<void> update(Queries& db, const Stored<Allocation>& row) {
    return name_taken(update_entity(db, kTable, row));
}

Result<void> erase(Queries& db, const std::string& id) {
    return rows::erase(db, kTable, id);
}

}  // namespace control::allocations
