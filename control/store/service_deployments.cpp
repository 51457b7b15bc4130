#include "control/store/service_deployments.h"

namespace control::service_deployments {

namespace {

constexpr EntityTable kTable{"service_deployments", "service deployment",
                             "project_id IN (SELECT id FROM projects WHERE owner_id = ", ")",
                             "project_id = "};

}  // namespace

Result<Page<ServiceDeployment>> list(Queries& db, const PageRequest& page) {
    return list_entities<ServiceDeployment>(db, kTable, page);
}

Result<Stored<ServiceDeployment>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<ServiceDeployment>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const ServiceDeployment& row, Timestamp now) {
    return insert_entity(db, kTable, row, {{"created_at", now.time_since_epoch().count()}});
}

Result<void> update(Queries& db, const Stored<ServiceDeployment>& row) {
    return update_entity(db, kTable, row);
}

Result<void> erase(Queries& db, const std::string& id) {
    return rows::erase(db, kTable, id);
}

Result<void> set_health_path(Queries& db, const std::string& id, const std::string& path) {
    const auto done =
        db.query("UPDATE service_deployments SET health = $1, misses = 0, hits = 0 WHERE id = $2",
                 {path.empty() ? std::string("/") : path, id});
    if (!done) return done.fault();
    return {};
}

}  // namespace control::service_deployments
