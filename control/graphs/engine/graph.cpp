#include "control/graphs/engine/graph.h"

#include "contracts/base/sha256.h"

#include <algorithm>
#include <set>

namespace control::graphs {

using contracts::ErrorKind;
using contracts::fail;

Effects::Effects(std::string_view thread, std::int64_t step)
    : prefix_(std::string(thread) + ":" + std::to_string(step) + ":") {}

std::string Effects::next_key() const {
    return prefix_ + std::to_string(effects_.size());
}

std::string Effects::next_request_id() const {
    return uuid_of(next_key());
}

void Effects::publish(std::string stream, Json message) {
    effects_.push_back({EffectKind::publish, next_key(), std::move(stream), std::move(message)});
}

std::string Effects::call(std::string name, Json arguments) {
    effects_.push_back({EffectKind::call, next_key(), std::move(name), std::move(arguments)});
    return Event{std::string(kCalled), effects_.back().key, {}}.key();
}

void Effects::write(std::string name, Json body) {
    writes_.push_back({std::move(name), std::move(body)});
}

std::string uuid_of(std::string_view text) {
    std::string hex = contracts::sha256_hex(text).substr(0, 32);
    hex[12] = '8';  // RFC 9562: version 8, for custom schemes
    hex[16] = "89ab"[static_cast<unsigned>(hex[16]) % 4];
    for (const std::size_t dash : {8U, 13U, 18U, 23U})
        hex.insert(dash, 1, '-');
    return hex;
}

const Node* Graph::find(std::string_view node) const {
    const auto found =
        std::find_if(nodes.begin(), nodes.end(), [&](const Node& one) { return one.name == node; });
    return found == nodes.end() ? nullptr : &*found;
}

namespace {

void reach(const Graph& graph, const Node& node, std::set<std::string>& reached) {
    if (!reached.insert(node.name).second) return;
    for (const std::string& edge : node.edges)
        if (const Node* next = graph.find(edge)) reach(graph, *next, reached);
}

// Follows edges between nodes that never wait. `way` is the path to `node`; returns whether it has
// become a cycle, which then begins and ends with the same name.
bool circles(const Graph& graph, const Node& node, std::vector<std::string>& way,
             std::set<std::string>& done) {
    if (node.waits) return false;
    const bool closes = std::find(way.begin(), way.end(), node.name) != way.end();
    if (!closes && !done.insert(node.name).second) return false;
    way.push_back(node.name);
    if (closes) return true;
    for (const std::string& edge : node.edges)
        if (const Node* next = graph.find(edge);
            next != nullptr && circles(graph, *next, way, done))
            return true;
    way.pop_back();
    return false;
}

// "a -> b -> a"; empty if every cycle of the graph has a node that may wait.
std::string endless_circle(const Graph& graph) {
    std::set<std::string> done;
    for (const Node& node : graph.nodes) {
        std::vector<std::string> way;
        if (!circles(graph, node, way, done)) continue;
        way.erase(way.begin(), std::find(way.begin(), way.end(), way.back()));
        std::string text = way.front();
        for (std::size_t i = 1; i < way.size(); ++i)
            text += " -> " + way[i];
        return text;
    }
    return {};
}

}  // namespace

Result<void> Graph::check() const {
    const auto wrong = [&](const std::string& what) {
        return fail(ErrorKind::fatal, "graph " + name + ": " + what);
    };
    std::set<std::string> names;
    for (const Node& node : nodes) {
        if (!names.insert(node.name).second) return wrong("two nodes " + node.name);
        if (!node.decide) return wrong("node " + node.name + " has no function");
        for (const std::string& edge : node.edges)
            if (find(edge) == nullptr)
                return wrong("node " + node.name + " has an edge to " + edge +
                             ", which is not a node");
    }
    const Node* first = find(start);
    if (first == nullptr) return wrong("start " + start + " is not a node");
    if (!cancelled || !retried || !late)
        return wrong("needs functions for cancelled, retried and late");
    std::set<std::string> reached;
    reach(*this, *first, reached);
    for (const Node& node : nodes)
        if (!reached.contains(node.name)) return wrong("node cannot be reached: " + node.name);
    if (const std::string circle = endless_circle(*this); !circle.empty())
        return wrong("the cycle " + circle + " never waits: a thread would run through it forever");
    return {};
}

FlowGraph outline(const Graph& graph, Timestamp now) {
    FlowGraph shown{
        .name = graph.name, .start = graph.start, .nodes = {}, .edges = {}, .updated_at = now};
    for (const Node& node : graph.nodes) {
        shown.nodes.push_back(node.name);
        for (const std::string& edge : node.edges)
            shown.edges.push_back(node.name + " -> " + edge);
    }
    return shown;
}

}  // namespace control::graphs
