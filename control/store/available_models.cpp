#include "control/store/available_models.h"

namespace control::available_models {

namespace {

constexpr EntityTable kTable{"available_models", "model", kAnybodys, "", kAnybodys};

}  // namespace

Result<Page<AvailableModel>> list(Queries& db, const PageRequest& page) {
    return list_entities<AvailableModel>(db, kTable, page);
}

Result<Stored<AvailableModel>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<AvailableModel>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const AvailableModel& row, Timestamp now) {
    return insert_entity(db, kTable, row, {{"created_at", now.time_since_epoch().count()}});
}

Result<void> update(Queries& db, const Stored<AvailableModel>& row) {
    return update_entity(db, kTable, row);
}

Result<void> erase(Queries& db, const std::string& id) {
    return rows::erase(db, kTable, id);
}

}  // namespace control::available_models
