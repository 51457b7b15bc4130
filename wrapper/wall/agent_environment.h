// The environment an agent gets: a list of what it may have, never a copy of ours. A credential of
// PID 1 cannot leak into it because nothing of PID 1's environment is taken over unnamed.
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
    // Its value; empty: it is not there.
    [[nodiscard]] std::string_view find(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> take() { return std::move(entries_); }

private:
    std::vector<std::string> entries_;
};

// Loopback ports of the relays; 0: that door is not there.
struct RelayedPorts {
    std::uint16_t egress = 0;
    std::uint16_t model = 0;
    std::uint16_t git = 0;
};

// The variables that lead the agent through the relays: base URL of the model, proxies, git's
// rewriting of its origin.
void add_relays(AgentEnvironment& environment, const RelayedPorts& ports);

// The variables requested for it, NAME=value; a PATH is searched between `bin_directory` and the
// image's, and takes neither away.
void add_requested(AgentEnvironment& environment, const std::vector<std::string>& entries,
                   std::string_view bin_directory);

// Whom it works as: HOME, USER, git's author and committer, TMPDIR, PATH with `bin_directory`
// first.
void add_person(AgentEnvironment& environment, std::string_view home,
                std::string_view bin_directory);

}  // namespace wrapper
