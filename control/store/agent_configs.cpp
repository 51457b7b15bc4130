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

Result<std::optional<AgentConfig>> find_active(Queries& db, const std::string& name,
                                               contracts::AgentType type) {
    std::string sql("SELECT ");
    sql.append(columns_of<AgentConfig>().listed)
        .append(
            " FROM agent_configs WHERE name = $1 AND type = $2 AND is_active = 1 "
            "ORDER BY created_at DESC, id DESC LIMIT 1");
    Result<Rows> found = db.query(sql, {name, std::string(contracts::to_text(type))});
    if (!found) return found.fault();
    if (found->rows.empty()) return std::optional<AgentConfig>();
    Result<AgentConfig> config = read_row<AgentConfig>(found->rows.front());
    if (!config) return fail(config.error().context(kTable.name));
    return std::optional(*std::move(config));
}

}  // namespace control::agent_configs
