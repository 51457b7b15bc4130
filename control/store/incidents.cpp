#include "control/store/incidents.h"

namespace control::incidents {

namespace {

constexpr EntityTable kTable{"incidents", "incident", kAnybodys, "", kAnybodys};

}  // namespace

Result<Page<Incident>> list(Queries& db, const PageRequest& page) {
    return list_entities<Incident>(db, kTable, page);
}

Result<Stored<Incident>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<Incident>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const Incident& row) {
    return insert_entity(db, kTable, row);
}

Result<void> update(Queries& db, const Stored<Incident>& row) {
    return update_entity(db, kTable, row);
}

Result<void> erase(Queries& db, const std::string& id) {
    return rows::erase(db, kTable, id);
}

}  // namespace control::incidents
