// What the roles have in common that only answer the calls of graphs: they read no stream and move
// no thread.
#pragma once

#include "control/graphs/graphs.h"
#include "control/ports/ports.h"

#include <string>

namespace control::wiring {

[[nodiscard]] inline graphs::GraphsPorts graphs_ports(Ports& ports) {
    return {.database = ports.database(),
            .redis = ports.bus->address,
            .clock = ports.clock,
            .log = ports.log,
            .commands = &ports.commands};
}

// Calls that need the repositories are executed where they are; elsewhere none.
[[nodiscard]] inline graphs::CallFilter calls_on_repositories(const Ports& ports,
                                                              std::string prefix) {
    if (!ports.shares_forge) return {.prefixes = {}};
    return {.prefixes = {std::move(prefix)}};
}

// For a role beside the role `graphs` of the same daemon, whose leases are its own.
[[nodiscard]] inline graphs::GraphsSettings calls_only(const Ports& ports, const std::string& role,
                                                       graphs::CallFilter calls) {
    graphs::GraphsSettings chosen;
    chosen.instance = ports.data.owner() + "-" + role;
    chosen.calls = std::move(calls);
    chosen.moves_threads = false;
    return chosen;
}

}  // namespace control::wiring
