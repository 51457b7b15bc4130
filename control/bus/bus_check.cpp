#include "control/bus/bus_check.h"

#include "contracts/streams/cluster.h"

namespace control {

using contracts::Result;

namespace {

// The value of a line "name:value" of INFO; empty if there is no such line.
std::string_view value_of(std::string_view info, std::string_view name) {
    for (std::size_t at = info.find(name); at != std::string_view::npos;
         at = info.find(name, at + 1)) {
        const std::string_view rest = info.substr(at + name.size());
        if ((at == 0 || info[at - 1] == '\n') && rest.starts_with(':'))
            return rest.substr(1, rest.find_first_of("\r\n") - 1);
    }
    return {};
}

}  // namespace

Result<void> check_bus(contracts::Connection& connection, const contracts::Log& log) {
    if (Result<void> single = contracts::refuse_cluster(connection); !single) return single;
    const Result<contracts::Reply> info = connection.command({"INFO", "memory"});
    if (!info) return {};  // a login without permission to ask gets no warning
    const std::string_view policy = value_of(info->view().text(), "maxmemory_policy");
    if (!policy.empty() && policy != "noeviction")
        log.warning(
            "REDIS EVICTS KEYS when its memory is full: queued work would be lost; set "
            "maxmemory-policy noeviction",
            {{"maxmemory_policy", policy},
             {"maxmemory", value_of(info->view().text(), "maxmemory")}});
    return {};
}

}  // namespace control
