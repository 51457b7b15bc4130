#include "control/graphs/deploy/placement.h"

#include "contracts/base/id.h"
#include "control/http/listening_socket.h"
#include "control/store/allocations.h"
#include "control/store/servers.h"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <algorithm>
#include <set>
#include <thread>

namespace control::graphs {

using contracts::Json;
using contracts::Timestamp;

namespace {

Result<Stored<contracts::Server>> find_local(Queries& db) {
    auto page = servers::list(
        db, {.limit = 1, .cursor = {}, .filters = {{"handle", std::string(kLocalServer)}}});
    if (!page) return fail(std::move(page.error()));
    if (page->items.empty())
        return fail(ErrorKind::transient,
                    "the server " + std::string(kLocalServer) + " is not known yet");
    return std::move(page->items.front());
}

Json specs_of_this_machine() {
    Json specs{{"cpus", std::max(1U, std::thread::hardware_concurrency())}};
    struct sysinfo memory{};
    if (::sysinfo(&memory) == 0)
        specs["memory_mb"] =
            static_cast<std::int64_t>(memory.totalram * memory.mem_unit / (1 << 20));
    struct statvfs disk{};
    if (::statvfs("/", &disk) == 0)
        specs["disk_mb"] = static_cast<std::int64_t>(disk.f_blocks * disk.f_frsize / (1 << 20));
    return specs;
}

Result<std::optional<Stored<contracts::Allocation>>> find_allocation(Queries& db,
                                                                     const std::string& project,
                                                                     const std::string& service) {
    auto page = allocations::list(
        db, {.limit = kMaxPage, .cursor = {}, .filters = {{"project_id", project}}});
    if (!page) return fail(std::move(page.error()));
    for (auto& row : page->items)
        if (row.entity.service_name == service) return std::move(row);
    return std::nullopt;
}

Result<std::set<std::int64_t>> taken_ports(Queries& db, const std::string& server_id) {
    const auto rows = db.query("SELECT port FROM allocations WHERE server_id = $1", {server_id});
    if (!rows) return fail(rows.error());
    std::set<std::int64_t> ports;
    for (const Row& row : rows->rows)
        ports.insert(row.integer(0));
    return ports;
}

bool is_free_here(const std::string& address, std::int64_t port) {
    return listen_on_tcp(address, static_cast<std::uint16_t>(port)).has_value();
}

}  // namespace

Result<void> ensure_local_server(Database& db, const DeployCallSettings& settings, Timestamp now) {
    return db.transaction([&](Transaction& tx) -> Result<void> {
        const auto found = find_local(tx);
        if (found) return {};
        if (found.error().kind != ErrorKind::transient) return fail(found.error());
        contracts::Server server;
        server.id = contracts::make_uuid7(now);
        server.name = "This machine";
        server.handle = kLocalServer;
        server.ip_address = settings.public_host;
        server.status = contracts::ServerStatus::active;
        server.provider_id = kLocalServer;
        server.specs = specs_of_this_machine();
        Result<void> put = servers::insert(tx, server, now);
        // Another daemon on this store was faster.
        if (!put && put.error().kind == ErrorKind::conflict) return {};
        return put;
    });
}

// The free port is looked for outside of the transaction, where it may take a while, and the store
// decides whether it is still nobody's.
Result<Placement> place(Database& db, const DeployCallSettings& settings,
                        const std::string& project_id, const std::string& service,
                        std::optional<std::int64_t> avoid, Timestamp now) {
    const auto server = find_local(db);
    if (!server) return fail(server.error());
    Placement made{.server_id = server->entity.id, .server_ip = server->entity.ip_address};
    auto known = find_allocation(db, project_id, service);
    if (!known) return fail(std::move(known.error()));
    if (*known && (!avoid || (*known)->entity.port != *avoid)) {
        made.port = (*known)->entity.port;
        return made;
    }
    const auto taken = taken_ports(db, made.server_id);
    if (!taken) return fail(taken.error());
    for (std::int64_t port = settings.first_port; port <= settings.last_port; ++port) {
        if (taken->contains(port) || port == avoid || !is_free_here(settings.address, port))
            continue;
        made.port = port;
        const Result<void> put = db.transaction([&](Transaction& tx) -> Result<void> {
            if (*known)
                if (auto erased = allocations::erase(tx, (*known)->entity.id);
                    !erased && erased.error().kind != ErrorKind::not_found)
                    return erased;
            contracts::Allocation row{.id = contracts::make_uuid7(now),
                                      .server_id = made.server_id,
                                      .project_id = project_id,
                                      .service_name = service,
                                      .port = port,
                                      .allocated_at = now};
            return allocations::insert(tx, row, now);
        });
        if (put) return made;
        if (put.error().kind != ErrorKind::conflict) return fail(put.error());
    }
    return fail(ErrorKind::transient,
                "no port from " + std::to_string(settings.first_port) + " to " +
                    std::to_string(settings.last_port) + " is free",
                "DEPLOY_PORTS", "stop a deployment, or widen the range");
}

Result<void> give_back(Queries& db, const std::string& project_id, const std::string& service) {
    const auto known = find_allocation(db, project_id, service);
    if (!known) return fail(known.error());
    if (!*known) return {};
    return allocations::erase(db, (*known)->entity.id);
}

}  // namespace control::graphs
