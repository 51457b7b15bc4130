#include "control/store/flow_graphs.h"

#include "control/store/rows.h"
#include "control/store/run.h"

#include <algorithm>

namespace control {

void visit_fields(FlowGraph& graph, contracts::FieldList& fields) {
    fields.required("name", graph.name, contracts::kShortText);
    fields.required("start", graph.start, contracts::kShortText);
    fields.required("nodes", graph.nodes);
    fields.required("edges", graph.edges);
    fields.required("updated_at", graph.updated_at);
}

std::string draw(const FlowGraph& graph, std::string_view current) {
    std::string text = "flowchart TD\n    __start__([start]) --> " + graph.start + "\n";
    for (const std::string& node : graph.nodes) {
        text.append("    ").append(node).append("\n");
        for (const std::string& edge : graph.edges)
            if (edge.starts_with(node + " -> "))
                text.append("    ")
                    .append(node)
                    .append(" --> ")
                    .append(edge.substr(node.size() + 4))
                    .append("\n");
    }
    if (std::ranges::find(graph.nodes, current) != graph.nodes.end()) {
        text += "    classDef current fill:#fc6,stroke:#333,stroke-width:3px\n    class ";
        text.append(current).append(" current\n");
    }
    return text;
}

namespace flow_graphs {

namespace {

std::string selecting(std::string_view rest) {
    return std::string("SELECT ")
        .append(columns_of<FlowGraph>().listed)
        .append(" FROM graphs ")
        .append(rest);
}

}  // namespace

Result<void> put(Queries& db, const FlowGraph& graph) {
    return run(db,
               "INSERT INTO graphs (name, start, nodes, edges, updated_at) "
               "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET "
               "start = excluded.start, nodes = excluded.nodes, edges = excluded.edges, "
               "updated_at = excluded.updated_at",
               values_of(graph));
}

Result<std::optional<FlowGraph>> find(Queries& db, const std::string& name) {
    Result<Rows> rows = db.query(selecting("WHERE name = $1"), {name});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::nullopt;
    Result<FlowGraph> graph = read_row<FlowGraph>(rows->rows.front());
    if (!graph) return fail(std::move(graph.error()).context("graphs"));
    return *std::move(graph);
}

Result<std::vector<FlowGraph>> all(Queries& db) {
    Result<Rows> rows = db.query(selecting("ORDER BY name"));
    if (!rows) return rows.fault();
    std::vector<FlowGraph> graphs;
    for (const Row& row : rows->rows) {
        Result<FlowGraph> graph = read_row<FlowGraph>(row);
        if (!graph) return fail(std::move(graph.error()).context("graphs"));
        graphs.push_back(*std::move(graph));
    }
    return graphs;
}

}  // namespace flow_graphs
}  // namespace control
