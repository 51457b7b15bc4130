// The environment of an agent: a list of what it may have, never a copy of ours. A credential of
// PID 1 cannot leak into it because every variable that it gets is named.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wrapper {

// Variables by name; a later one replaces an earlier one.
class AgentEnvironment {
public:
    void set(std::string_view name, std::string_view value);
    // NAME=value.
    void set(std::string_view entry);
    // The variable's value; empty if it is not set.
    [[nodiscard]] std::string_view find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> take() { return std::move(entries_); }

private:
    std::vector<std::string> entries_;
};

// Loopback ports of the relays; 0 where the worker does not have that door.
struct RelayedPorts {
    std::uint16_t egress = 0;
    std::uint16_t model = 0;
    std::uint16_t git = 0;
};

// The variables that direct the agent to the relays: the model's base URL, proxies, git's rewriting
// of its origin.
void add_relays(AgentEnvironment& environment, const RelayedPorts& ports);

// The variables requested for the agent, NAME=value. A requested PATH is inserted between
// `bin_directory` and the image's PATH.
void add_requested(AgentEnvironment& environment, const std::vector<std::string>& entries,
                   std::string_view bin_directory);

// The identity under which the agent works: HOME, USER, git's author and committer, TMPDIR, PATH
// with `bin_directory` first.
void add_person(AgentEnvironment& environment, std::string_view home,
                std::string_view bin_directory);

}  // namespace wrapper
