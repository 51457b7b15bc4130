#include "control/images/difference.h"

#include "contracts/base/json.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace control::images {

using contracts::Json;
using contracts::Result;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

// Lines that only one of the texts has. Recipes differ by whole fragments, so their order does not
// matter here.
void add_lines(std::vector<std::string>& found, const std::string& name, const std::string& one,
               const std::string& other) {
    const std::vector<std::string> ours = lines_of(one);
    const std::vector<std::string> theirs = lines_of(other);
    const auto add = [&](const auto& from, const auto& without, const char* sign) {
        const std::multiset<std::string> known(without.begin(), without.end());
        for (const std::string& line : from)
            if (!line.empty() && !known.contains(line)) found.push_back(name + ": " + sign + line);
    };
    add(ours, theirs, "- ");
    add(theirs, ours, "+ ");
}

std::string shown(const Json& value) {
    return value.is_string() ? value.get<std::string>() : contracts::dump_json(value);
}

void compare(std::vector<std::string>& found, const std::string& name, const Json& one,
             const Json& other) {
    if (one == other) return;
    if (one.is_object() && other.is_object()) {
        std::set<std::string> names;
        for (const Json* object : {&one, &other})
            for (const auto& [key, value] : object->items())
                names.insert(key);
        for (const std::string& key : names)
            compare(found, name.empty() ? key : name + "." + key, one.value(key, Json()),
                    other.value(key, Json()));
        return;
    }
    if (name == "recipe" && one.is_string() && other.is_string())
        return add_lines(found, name, one.get<std::string>(), other.get<std::string>());
    found.push_back(name + ": " + shown(one) + " -> " + shown(other));
}

}  // namespace

Result<std::vector<std::string>> differences(std::string_view one, std::string_view other) {
    Result<Json> ours = contracts::parse_json(one);
    if (!ours) return ours.fault();
    Result<Json> theirs = contracts::parse_json(other);
    if (!theirs) return theirs.fault();
    std::vector<std::string> found;
    compare(found, "", *ours, *theirs);
    return found;
}

}  // namespace control::images
