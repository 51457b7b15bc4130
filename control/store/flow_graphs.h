// The graphs that flows follow, as described by the daemons that run them at their last start: for
// people and pages that do not know the code.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/fields/field_list.h"
#include "control/store/database.h"

namespace control {

struct FlowGraph {
    std::string name;
    std::string start;
    std::vector<std::string> nodes;
    std::vector<std::string> edges;  // "from -> to"
    contracts::Timestamp updated_at{};
};
void visit_fields(FlowGraph& graph, contracts::FieldList& fields);

// Draws it as a Mermaid flowchart with the node `current` marked, if there is such a node.
[[nodiscard]] std::string draw(const FlowGraph& graph, std::string_view current = {});

namespace flow_graphs {

// Creates or replaces the row of this name.
[[nodiscard]] Result<void> put(Queries& db, const FlowGraph& graph);
[[nodiscard]] Result<std::optional<FlowGraph>> find(Queries& db, const std::string& name);
// In the order of their names.
[[nodiscard]] Result<std::vector<FlowGraph>> all(Queries& db);

}  // namespace flow_graphs
}  // namespace control
