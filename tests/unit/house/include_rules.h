// Who may include whom, as a table: the walls of docs/ARCHITECTURE.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace house {

struct Include {
    std::string name;  // as written
    bool quoted = false;
    int line = 0;
};
[[nodiscard]] std::vector<Include> includes_of(std::string_view text);

// "control/api" of "control/api/router/table.cpp"; "control" of "control/main.cpp".
[[nodiscard]] std::string room_of(std::string_view path);

// What is wrong with the includes of one file, a sentence each. `path` counts from the checkout.
[[nodiscard]] std::vector<std::string> crossings(const std::string& path, std::string_view text);

// Who includes whom, by any name. A circle, as "a -> b -> a"; empty: there is none.
using Graph = std::map<std::string, std::map<std::string, std::string>>;  // from, to, an example
[[nodiscard]] std::string find_circle(const Graph& graph);

}  // namespace house
