#include "control/store/provisioning.h"

#include "control/store/run.h"
#include "control/store/servers.h"

namespace control::provisioning {

using contracts::ServerStatus;

namespace {

constexpr std::string_view kSelect =
    "SELECT p.server_id, s.handle, p.request_id, p.force_reinstall, p.is_recovery, "
    "p.requested_at, p.attempts, p.sent FROM provisioning_requests p JOIN servers s ON "
    "s.id = p.server_id ";

ProvisioningRequest request_of(const Row& row) {
    return {.server_id = row.text(0),
            .handle = row.text(1),
            .request_id = row.text(2),
            .force_reinstall = row.integer(3) != 0,
            .is_recovery = row.integer(4) != 0,
            .requested_at = Timestamp(std::chrono::milliseconds(row.integer(5))),
            .attempts = row.integer(6),
            .sent = row.integer(7) != 0};
}

std::int64_t ms_of(Timestamp time) {
    return time.time_since_epoch().count();
}

Result<void> put(Queries& db, const ProvisioningRequest& request) {
    return run(db,
               "INSERT INTO provisioning_requests (server_id, request_id, force_reinstall, "
               "is_recovery, requested_at, attempts, sent) VALUES ($1, $2, $3, $4, $5, $6, $7) ON "
               "CONFLICT (server_id) DO UPDATE SET request_id = excluded.request_id, "
               "force_reinstall = excluded.force_reinstall, is_recovery = excluded.is_recovery, "
               "requested_at = excluded.requested_at, attempts = excluded.attempts, sent = "
               "excluded.sent",
               {request.server_id, request.request_id, std::int64_t{request.force_reinstall},
                std::int64_t{request.is_recovery}, ms_of(request.requested_at), request.attempts,
                std::int64_t{request.sent}});
}

// Whether an attempt is in progress that may still end.
bool is_under_way(const Server& server, Timestamp now) {
    return server.status == ServerStatus::provisioning && server.provisioning_started_at &&
           now - *server.provisioning_started_at < kLongestAttempt;
}

Result<void> check_managed(const Server& server) {
    if (server.is_managed) return {};
    return fail(ErrorKind::conflict,
                "the server " + server.handle + " is not managed by this installation",
                "server_handle", "add its provider's id to MANAGED_SERVERS");
}

Result<void> update_server(Queries& db, Stored<Server>& stored) {
    Result<void> updated = servers::update(db, stored);
    if (updated) ++stored.version;
    return updated;
}

std::unexpected<Error> superseded() {
    return fail(ErrorKind::conflict, "a later request for this server has replaced this one",
                "request_id");
}

Result<void> check_may_begin(const Server& server,
                             const std::optional<ProvisioningRequest>& present,
                             const ProvisioningRequest& request, Timestamp now) {
    if (Result<void> managed = check_managed(server); !managed) return managed;
    const bool ours = present && present->request_id == request.request_id;
    if (!ours && (is_under_way(server, now) || server.status == ServerStatus::pending_setup))
        return superseded();
    if (server.provisioning_attempts >= kMostProvisioningAttempts)
        return fail(
            ErrorKind::conflict,
            "the server " + server.handle + " has failed " +
                std::to_string(kMostProvisioningAttempts) + " times",
            "server_handle",
            "see `orchestrator infra incidents`, then repeat `orchestrator infra provision`");
    return {};
}

}  // namespace

Result<Stored<Server>> ask(Queries& db, ProvisioningRequest request, Timestamp now) {
    Result<Stored<Server>> server = servers::find(db, request.server_id);
    if (!server) return server;
    if (Result<void> managed = check_managed(server->entity); !managed) return managed.fault();
    if (is_under_way(server->entity, now) || server->entity.status == ServerStatus::pending_setup)
        return fail(ErrorKind::conflict,
                    "the server " + server->entity.handle + " is being provisioned", "status",
                    "wait until it ends: orchestrator infra show " + request.server_id);
    server->entity.status = ServerStatus::pending_setup;
    server->entity.provisioning_attempts = 0;
    server->entity.provisioning_started_at.reset();
    if (Result<void> updated = update_server(db, *server); !updated) return updated.fault();
    request.requested_at = now;
    request.attempts = 0;
    request.sent = false;
    if (Result<void> kept = put(db, request); !kept) return kept.fault();
    return server;
}

Result<std::vector<ProvisioningRequest>> unsent(Queries& db) {
    const auto rows = db.query(std::string(kSelect) +
                               "WHERE p.sent = 0 AND s.status = 'pending_setup' ORDER BY "
                               "p.requested_at, p.server_id");
    if (!rows) return rows.fault();
    std::vector<ProvisioningRequest> all;
    for (const Row& row : rows->rows)
        all.push_back(request_of(row));
    return all;
}

Result<void> mark_sent(Queries& db, const ProvisioningRequest& request) {
    return run(db,
               "UPDATE provisioning_requests SET sent = 1 WHERE server_id = $1 AND request_id = $2",
               {request.server_id, request.request_id});
}

Result<std::optional<ProvisioningRequest>> find(Queries& db, const std::string& server_id) {
    const auto rows = db.query(std::string(kSelect) + "WHERE p.server_id = $1", {server_id});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::nullopt;
    return request_of(rows->rows.front());
}

Result<Stored<Server>> begin_attempt(Queries& db, ProvisioningRequest request, std::int64_t number,
                                     Timestamp now) {
    Result<Stored<Server>> server = servers::find(db, request.server_id);
    if (!server) return server;
    Result<std::optional<ProvisioningRequest>> present = find(db, request.server_id);
    if (!present) return present.fault();
    const bool ours = *present && (*present)->request_id == request.request_id;
    if (ours && (*present)->attempts >= number) return server;
    if (Result<void> may = check_may_begin(server->entity, *present, request, now); !may)
        return may.fault();
    server->entity.status = ServerStatus::provisioning;
    server->entity.provisioning_started_at = now;
    ++server->entity.provisioning_attempts;
    if (Result<void> updated = update_server(db, *server); !updated) return updated.fault();
    request.requested_at = ours ? (*present)->requested_at : now;
    request.attempts = number;
    request.sent = true;
    if (Result<void> kept = put(db, request); !kept) return kept.fault();
    return server;
}

Result<void> check(Queries& db, const std::string& server_id, const std::string& request_id) {
    Result<Stored<Server>> server = servers::find(db, server_id);
    if (!server) return server.fault();
    Result<std::optional<ProvisioningRequest>> present = find(db, server_id);
    if (!present) return present.fault();
    if (!*present || (*present)->request_id != request_id ||
        server->entity.status != ServerStatus::provisioning)
        return superseded();
    return check_managed(server->entity);
}

Result<void> end(Queries& db, const std::string& server_id, const std::string& request_id,
                 ServerStatus status) {
    Result<std::optional<ProvisioningRequest>> present = find(db, server_id);
    if (!present) return present.fault();
    if (!*present || (*present)->request_id != request_id) return superseded();
    Result<Stored<Server>> server = servers::find(db, server_id);
    if (!server) return server.fault();
    server->entity.status = status;
    server->entity.provisioning_started_at.reset();
    if (status == ServerStatus::active) server->entity.provisioning_attempts = 0;
    return update_server(db, *server);
}

Result<Stored<Server>> release(Queries& db, const std::string& server_id) {
    Result<Stored<Server>> server = servers::find(db, server_id);
    if (!server) return server;
    if (server->entity.status == ServerStatus::provisioning)
        return fail(ErrorKind::conflict, "the server is being provisioned", "status",
                    "wait until it ends");
    const auto used =
        db.query("SELECT id FROM allocations WHERE server_id = $1 LIMIT 1", {server_id});
    if (!used) return used.fault();
    if (!used->rows.empty())
        return fail(ErrorKind::conflict, "projects have ports on this server", "id",
                    "stop their deployments first: orchestrator deploy stop");
    server->entity.status = ServerStatus::reserved;
    if (Result<void> updated = update_server(db, *server); !updated) return updated.fault();
    for (const char* sql : {"DELETE FROM provisioning_requests WHERE server_id = $1",
                            "DELETE FROM server_access WHERE server_id = $1"})
        if (Result<void> gone = run(db, sql, {server_id}); !gone) return gone.fault();
    return server;
}

}  // namespace control::provisioning
