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

// For a role beside the role `graphs` of the same daemon, whose leases are its own.
[[nodiscard]] inline graphs::GraphsSettings calls_only(const Ports& ports, const std::string& role,
                                                       std::string prefix) {
    graphs::GraphsSettings chosen;
    chosen.instance = ports.data.owner() + "-" + role;
    chosen.calls = {.prefixes = {std::move(prefix)}};
    chosen.moves_threads = false;
    return chosen;
}

}  // namespace control::wiring
