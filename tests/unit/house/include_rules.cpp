#include "tests/unit/house/include_rules.h"

#include <algorithm>
#include <set>

namespace house {

namespace {

using Names = std::set<std::string, std::less<>>;

// Allowed besides the room itself and contracts/. Every room must be named here.
const std::map<std::string, Names, std::less<>> kControl{
    // Ports.
    {"http", {}},
    {"metrics", {}},
    {"yaml", {}},
    {"subprocess", {}},
    {"project_file", {"yaml"}},
    {"store", {}},
    {"vault", {"store"}},
    {"jobs", {}},
    {"masking", {}},
    {"bus", {"jobs"}},
    {"runtime", {"http", "subprocess", "yaml"}},
    {"images", {"http", "runtime", "subprocess"}},
    {"forge", {"http", "subprocess", "vault"}},
    {"ssh", {"store", "subprocess", "vault"}},
    {"deployer", {"forge", "http", "images", "masking", "runtime", "ssh", "subprocess"}},
    {"embeddings", {"http"}},
    {"router", {"http"}},
    {"domains", {"http", "router", "store"}},
    {"redis", {"subprocess"}},
    {"bus_tunnel", {"http", "jobs"}},
    {"templates", {"subprocess"}},
    {"provider", {"http", "jobs"}},
    {"provision", {"jobs", "ssh", "store", "subprocess", "vault"}},
    {"egress", {}},
    {"models", {"http", "jobs", "store"}},
    {"gate", {"egress", "forge", "http", "jobs", "models"}},
    {"messenger", {"bus", "http", "jobs", "store"}},
    // Roles use ports only.
    {"api",
     {"embeddings", "forge", "http", "jobs", "masking", "metrics", "role", "router", "store",
      "vault"}},
    {"workers",
     {"bus", "forge", "gate", "images", "jobs", "masking", "runtime", "store", "subprocess"}},
    {"graphs",
     {"bus", "deployer", "forge", "http", "jobs", "project_file", "provider", "provision", "store",
      "templates", "vault"}},
    {"chat", {"bus", "jobs", "store"}},
    {"scheduler",
     {"bus", "embeddings", "forge", "jobs", "metrics", "provider", "provision", "role", "store"}},
    {"web", {"http", "jobs", "store"}},
    // The daemon's own rooms. Settings include the structs that roles declare for their settings.
    {"role", {}},
    {"settings", {"chat", "egress", "graphs", "router", "store"}},
    {"ports",
     {"bus", "bus_tunnel", "embeddings", "forge", "http", "images", "jobs", "metrics", "redis",
      "role", "runtime", "settings", "store", "vault"}},
    {"daemon", {"bus", "http", "jobs", "metrics", "ports", "role", "runtime", "settings", "store"}},
    {"commands", {"images", "ports", "settings", "workers"}},
    {"demo",
     {"daemon", "http", "messenger", "ports", "role", "settings", "subprocess", "templates"}},
};
// May include every room; only the table of roles may include it.
constexpr std::string_view kWiring = "control/wiring";

// Libraries, by the prefix of their headers, and the only rooms that may include them.
const std::map<std::string, Names, std::less<>> kLibraries{
    {"boost/", {"control/bus_tunnel", "control/http", "control/gate"}},
    {"curl/", {"control/http", "cli"}},
    {"prometheus/", {"control/metrics", "control/api"}},
    {"openssl/", {"control/http", "control/forge"}},
    {"zlib.h", {"control/http", "control/images"}},
    {"sqlite3", {"control/store"}},
    {"sodium", {"control/vault"}},
    {"yaml.h", {"control/yaml"}},
    {"hiredis/", {"contracts/streams"}},
    {"editline/", {"control/messenger"}},
    {"spdlog/", {"control/daemon"}},
    {"CLI/", {"cli", "control", "control/commands", "control/daemon"}},
};
// Headers that would cost the static programs more than all of their own code.
const Names kHeavy{"format", "iostream", "print", "regex", "filesystem"};

// Parts of control/graphs that know no particular graph. Any other folder there is a graph.
const Names kGraphParts{"engine", "delivery", "intake", "kit"};

std::string_view first_folder(std::string_view path) {
    return path.substr(0, path.find('/'));
}

bool knows_all(std::string_view room) {
    return room == "control" || room == kWiring;
}

// The folder below control/graphs that contains a file; empty: none.
std::string graph_folder(std::string_view path) {
    constexpr std::string_view kRoom = "control/graphs/";
    if (!path.starts_with(kRoom)) return {};
    path.remove_prefix(kRoom.size());
    const std::size_t end = path.find('/');
    return std::string(path.substr(0, end == std::string_view::npos ? 0 : end));
}

// A graph's folder is included only by itself and by the wiring, not by other rooms.
bool knows_a_graph(std::string_view path, std::string_view target) {
    const std::string wanted = graph_folder(target);
    if (wanted.empty() || kGraphParts.contains(wanted)) return false;
    return path.starts_with("control/graphs/") && graph_folder(path) != wanted;
}

bool may_enter(const std::string& path, const std::string& target, std::string& why) {
    const std::string_view from = first_folder(path), to = first_folder(target);
    if (to == "contracts") return true;
    if (from != to) {
        why = std::string(from) + "/ includes " +
              (from == "contracts" ? "nothing of the others" : "contracts/ and itself alone");
        return false;
    }
    if (from != "control") return true;
    const std::string room = room_of(path), wanted = room_of(target);
    if (knows_a_graph(path, target)) {
        why = "a graph's folder is known to nobody in control/graphs but itself";
        return false;
    }
    if (room == "control" || room == wanted) return true;
    if (knows_all(wanted)) {
        why = "what wires everything is known to nobody";
        return false;
    }
    if (knows_all(room)) return true;
    const auto known = kControl.find(room.substr(room.find('/') + 1));
    if (known != kControl.end() && known->second.contains(wanted.substr(wanted.find('/') + 1)))
        return true;
    why = room + " does not know " + wanted;
    return false;
}

std::string library_fault(const std::string& path, const std::string& name) {
    const std::string room = room_of(path);
    const std::string_view folder = first_folder(path);
    if (kHeavy.contains(name) && folder != "control") return "<" + name + "> is too heavy here";
    for (const auto& [prefix, rooms] : kLibraries)
        if (name.starts_with(prefix) && !rooms.contains(room) && !rooms.contains(folder))
            return "<" + name + "> is known to other rooms alone";
    return {};
}

bool visit(const Graph& graph, const std::string& at, std::vector<std::string>& way,
           std::set<std::string>& done) {
    if (std::ranges::find(way, at) != way.end()) {
        way.push_back(at);
        return true;
    }
    if (!done.insert(at).second) return false;
    way.push_back(at);
    if (const auto found = graph.find(at); found != graph.end())
        for (const auto& [next, example] : found->second)
            if (visit(graph, next, way, done)) return true;
    way.pop_back();
    return false;
}

}  // namespace

std::vector<Include> includes_of(std::string_view text) {
    std::vector<Include> includes;
    for (int line = 1; !text.empty(); ++line) {
        std::string_view one = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
        if (!one.starts_with('#')) continue;
        one.remove_prefix(1);
        one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
        if (!one.starts_with("include")) continue;
        one.remove_prefix(7);
        const std::size_t open = one.find_first_of("<\"");
        if (open == std::string_view::npos) continue;
        const bool quoted = one[open] == '"';
        const std::size_t close = one.find(quoted ? '"' : '>', open + 1);
        if (close == std::string_view::npos) continue;
        includes.push_back({std::string(one.substr(open + 1, close - open - 1)), quoted, line});
    }
    return includes;
}

std::string room_of(std::string_view path) {
    const std::size_t first = path.find('/');
    const std::size_t second = path.find('/', first + 1);
    return std::string(path.substr(0, second == std::string_view::npos ? first : second));
}

std::vector<std::string> crossings(const std::string& path, std::string_view text) {
    std::vector<std::string> faults;
    const std::string room = room_of(path);
    if (room.starts_with("control/") && !kControl.contains(room.substr(8)) && !knows_all(room))
        faults.push_back(path + ": " + room + " is not in the table of rooms");
    for (const Include& include : includes_of(text)) {
        const std::string where = path + ':' + std::to_string(include.line) + ": ";
        std::string why;
        if (!include.quoted) {
            why = library_fault(path, include.name);
            if (!why.empty()) faults.push_back(where + why);
        } else if (!may_enter(path, include.name, why)) {
            faults.push_back(where + "\"" + include.name + "\": " + why);
        }
    }
    return faults;
}

std::string find_circle(const Graph& graph) {
    std::set<std::string> done;
    for (const auto& [start, next] : graph) {
        std::vector<std::string> way;
        if (!visit(graph, start, way, done)) continue;
        way.erase(way.begin(), std::ranges::find(way, way.back()));
        std::string text = way.front();
        for (std::size_t i = 1; i < way.size(); ++i)
            text += " -> " + way[i] + " (" + graph.at(way[i - 1]).at(way[i]) + ")";
        return text;
    }
    return {};
}

}  // namespace house
