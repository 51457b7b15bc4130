// The table of allowed includes: the boundaries of docs/ARCHITECTURE.md.
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

// The violations in one file, a sentence each. `path` is relative to the checkout.
[[nodiscard]] std::vector<std::string> crossings(const std::string& path, std::string_view text);

// The graph of includes, with any kind of names. A cycle is "a -> b -> a"; empty: none.
using Graph = std::map<std::string, std::map<std::string, std::string>>;  // from, to, an example
[[nodiscard]] std::string find_circle(const Graph& graph);

}  // namespace house
