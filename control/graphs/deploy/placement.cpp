#include "control/graphs/deploy/placement.h"

#include "contracts/base/id.h"
#include "control/graphs/deploy/capacity.h"
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
    if (!page) return page.fault();
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
    if (!page) return page.fault();
    for (auto& row : page->items)
        if (row.entity.service_name == service) return std::move(row);
    return std::nullopt;
}

Result<std::set<std::int64_t>> taken_ports(Queries& db, const std::string& server_id) {
    const auto rows = db.query("SELECT port FROM allocations WHERE server_id = $1", {server_id});
    if (!rows) return rows.fault();
    std::set<std::int64_t> ports;
    for (const Row& row : rows->rows)
        ports.insert(row.integer(0));
    return ports;
}

bool is_free_here(const std::string& address, std::int64_t port) {
    return listen_on_tcp(address, static_cast<std::uint16_t>(port)).has_value();
}

struct Wish {
    const std::string& project;
    const std::string& service;
    std::optional<std::int64_t> avoid;
    Timestamp now;
};

// Commits the port, and with `needs_room` the room. `conflict` if either is not free any more.
Result<void> commit_port(Database& db, const DeployCallSettings& settings, const Wish& wish,
                         const std::string& server_id, std::int64_t port, bool needs_room) {
    return db.transaction([&](Transaction& tx) -> Result<void> {
        const auto known = find_allocation(tx, wish.project, wish.service);
        if (!known) return known.fault();
        if (*known)
            if (auto erased = allocations::erase(tx, (*known)->entity.id);
                !erased && erased.error().kind != ErrorKind::not_found)
                return erased;
        if (needs_room) {
            const auto server = servers::find(tx, server_id);
            if (!server) return server.fault();
            const auto taken = taken_ports(tx, server_id);
            if (!taken) return taken.fault();
            const Room room = room_on(server->entity, std::ssize(*taken), settings);
            if (!room.refusal.empty())
                return fail({.kind = ErrorKind::conflict,
                             .message = room.refusal,
                             .field = "server_id",
                             .code = contracts::ErrorCode::no_room});
        }
        const contracts::Allocation row{.id = contracts::make_uuid7(wish.now),
                                        .server_id = server_id,
                                        .project_id = wish.project,
                                        .service_name = wish.service,
                                        .port = port,
                                        .allocated_at = wish.now};
        return allocations::insert(tx, row, wish.now);
    });
}

// 0: no port of the range is free there. The search is outside of the transaction because it may
// take a while; the store then decides whether the port is still free.
Result<std::int64_t> take_port(Database& db, const DeployCallSettings& settings, const Wish& wish,
                               const std::string& server_id, bool is_here, bool needs_room) {
    const auto taken = taken_ports(db, server_id);
    if (!taken) return taken.fault();
    for (std::int64_t port = settings.first_port; port <= settings.last_port; ++port) {
        if (taken->contains(port) || port == wish.avoid) continue;
        if (is_here ? !is_free_here(settings.address, port)
                    : settings.reserved_ports.contains(port))
            continue;
        const auto put = commit_port(db, settings, wish, server_id, port, needs_room);
        if (put) return port;
        if (put.error().kind != ErrorKind::conflict ||
            put.error().code == contracts::ErrorCode::no_room)
            return put.fault();
    }
    return 0;
}

std::string no_port_in(const DeployCallSettings& settings) {
    return "no port from " + std::to_string(settings.first_port) + " to " +
           std::to_string(settings.last_port) + " is free";
}

Result<Placed> place_here(Database& db, const DeployCallSettings& settings, const Wish& wish) {
    const auto server = find_local(db);
    if (!server) return server.fault();
    const auto port = take_port(db, settings, wish, server->entity.id, true, false);
    if (!port) return port.fault();
    if (*port == 0)
        return fail(ErrorKind::transient, no_port_in(settings), "DEPLOY_PORTS",
                    "stop a deployment, or widen the range");
    return Placed{.placement = Placement{.server_id = server->entity.id,
                                         .server_ip = server->entity.ip_address,
                                         .port = *port}};
}

struct Candidate {
    contracts::Server server;
    Room room;
};

// All managed servers, the one with the most free memory first.
Result<std::vector<Candidate>> managed_servers(Queries& db, const DeployCallSettings& settings) {
    std::vector<Candidate> all;
    PageRequest request{.limit = kMaxPage, .cursor = {}, .filters = {}};
    while (true) {
        const auto page = servers::list(db, request);
        if (!page) return page.fault();
        for (const auto& row : page->items) {
            if (!row.entity.is_managed) continue;
            const auto taken = taken_ports(db, row.entity.id);
            if (!taken) return taken.fault();
            all.push_back({row.entity, room_on(row.entity, std::ssize(*taken), settings)});
        }
        if (page->next.empty()) break;
        request.cursor = page->next;
    }
    std::ranges::stable_sort(all, std::ranges::greater{}, [](const Candidate& one) {
        return std::pair(one.room.refusal.empty(), one.room.free_memory_mb);
    });
    return all;
}

Result<Placed> place_on_a_server(Database& db, const DeployCallSettings& settings,
                                 const Wish& wish) {
    const auto all = managed_servers(db, settings);
    if (!all) return all.fault();
    NoRoom no_room{.reason = "no server is managed: name one in MANAGED_SERVERS and provision it",
                   .is_final = true};
    if (!all->empty()) no_room.reason.clear();
    for (const Candidate& one : *all) {
        std::string refusal = one.room.refusal;
        if (refusal.empty()) {
            const auto port = take_port(db, settings, wish, one.server.id, false, true);
            if (port && *port != 0)
                return Placed{.placement = Placement{.server_id = one.server.id,
                                                     .server_ip = one.server.ip_address,
                                                     .port = *port}};
            // Another placement was faster, and the server is full now.
            if (!port && port.error().kind != ErrorKind::conflict) return port.fault();
            refusal = port ? one.server.handle + ": " + no_port_in(settings) : port.error().message;
        }
        no_room.is_final = no_room.is_final && one.room.is_final;
        no_room.reason += (no_room.reason.empty() ? "" : "; ") + refusal;
    }
    return Placed{.no_room = std::move(no_room)};
}

Result<std::optional<Placement>> placement_from(
    Queries& db, const std::optional<Stored<contracts::Allocation>>& row) {
    if (!row) return std::nullopt;
    const auto server = servers::find(db, row->entity.server_id);
    if (!server) return server.fault();
    return Placement{.server_id = server->entity.id,
                     .server_ip = server->entity.ip_address,
                     .port = row->entity.port};
}

}  // namespace

Result<void> ensure_local_server(Database& db, const DeployCallSettings& settings, Timestamp now) {
    return db.transaction([&](Transaction& tx) -> Result<void> {
        const auto found = find_local(tx);
        if (found) return {};
        if (found.error().kind != ErrorKind::transient) return found.fault();
        contracts::Server server;
        server.id = contracts::make_uuid7(now);
        server.name = "This machine";
        server.handle = kLocalServer;
        server.ip_address = settings.public_host;
        server.status = contracts::ServerStatus::active;
        server.provider_id = kLocalServer;
        server.specs = specs_of_this_machine();
        Result<void> put = servers::insert(tx, server, now);
        // Another daemon on this store has inserted it first.
        if (!put && put.error().kind == ErrorKind::conflict) return {};
        return put;
    });
}

Result<Placed> place(Database& db, const DeployCallSettings& settings,
                     const std::string& project_id, const std::string& service,
                     std::optional<std::int64_t> avoid, Timestamp now) {
    const auto known = placement_of(db, project_id, service);
    if (!known) return known.fault();
    if (*known && (!avoid || (*known)->port != *avoid)) return Placed{.placement = **known};
    const Wish wish{.project = project_id, .service = service, .avoid = avoid, .now = now};
    const auto local = find_local(db);
    const bool is_here = *known ? local && (*known)->server_id == local->entity.id
                                : settings.body == DeployBody::local;
    if (is_here) return place_here(db, settings, wish);
    if (!*known) return place_on_a_server(db, settings, wish);
    // It stays on its server, where it already counts, so no room is needed.
    Placement moved = **known;
    const auto port = take_port(db, settings, wish, moved.server_id, false, false);
    if (!port) return port.fault();
    if (*port == 0) return Placed{.no_room = NoRoom{.reason = no_port_in(settings)}};
    moved.port = *port;
    return Placed{.placement = std::move(moved)};
}

Result<std::optional<Placement>> placement_of(Queries& db, const std::string& project_id,
                                              const std::string& service) {
    const auto known = find_allocation(db, project_id, service);
    if (!known) return known.fault();
    return placement_from(db, *known);
}

Result<void> give_back(Queries& db, const std::string& project_id, const std::string& service) {
    const auto known = find_allocation(db, project_id, service);
    if (!known) return known.fault();
    if (!*known) return {};
    return allocations::erase(db, (*known)->entity.id);
}

}  // namespace control::graphs
