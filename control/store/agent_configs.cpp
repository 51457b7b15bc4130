#include "control/store/agent_configs.h"

namespace control::agent_configs {

namespace {

constexpr EntityTable kTable{"agent_configs", "agent config", kAnybodys, "", kAnybodys};

}  // namespace

Result<Page<AgentConfig>> list(Queries& db, const PageRequest& page) {
    return list_entities<AgentConfig>(db, kTable, page);
}

Result<Stored<AgentConfig>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<AgentConfig>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const AgentConfig& row, Timestamp now) {
    return insert_entity(db, kTable, row, {{"created_at", now.time_since_epoch().count()}});
}

Result<void> update(Queries& db, const Stored<AgentConfig>& row) {
    return update_entity(db, kTable, row);
}

Result<void> erase(Queries& db, const std::string& id) {
    return rows::erase(db, kTable, id);
}

}  // namespace control::agent_configs
