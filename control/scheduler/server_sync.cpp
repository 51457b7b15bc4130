#include "control/scheduler/server_sync.h"

#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "control/scheduler/admin_notice.h"
#include "control/store/incidents.h"
#include "control/store/provisioning.h"
#include "control/store/run.h"
#include "control/store/servers.h"

#include <algorithm>
#include <map>

namespace control {

using contracts::Incident;
using contracts::IncidentType;
using contracts::Json;
using contracts::Server;
using contracts::ServerStatus;
using contracts::Timestamp;

namespace {

using CheckLead = std::function<Result<void>(Queries&)>;

constexpr std::size_t kMostDetailsARound = 20;
// The status of a missing server before it disappeared, which it gets back when it returns.
constexpr const char* kStatusBefore = "status_before_missing";

struct Known {
    Stored<Server> server;
    std::int64_t missed = 0;
    std::int64_t details_at = 0;
};

// The rows of this provider, and those created by hand, by the provider's id.
Result<std::map<std::string, Known>> known_servers(Queries& db, std::string_view provider) {
    const auto rows = db.query(
        "SELECT id, missed, details_at FROM servers WHERE provider = $1 OR provider = '' "
        "ORDER BY provider",
        {std::string(provider)});
    if (!rows) return rows.fault();
    std::map<std::string, Known> known;
    for (const Row& row : rows->rows) {
        Result<Stored<Server>> server = servers::find(db, row.text(0));
        if (!server) return server.fault();
        std::string id = server->entity.provider_id;
        known.insert_or_assign(std::move(id),
                               Known{*std::move(server), row.integer(1), row.integer(2)});
    }
    return known;
}

// One round's work on the store.
class Round {
public:
    Round(Database& db, Provider& provider, const ServerSyncSettings& settings,
          const contracts::Clock& clock, const CheckLead& check_lead)
        : db_(db),
          provider_(provider),
          settings_(settings),
          clock_(clock),
          check_lead_(check_lead) {}

    Result<ServerSync> take(const std::vector<ProviderServer>& listed, const std::stop_token& stop);
    Result<void> note_failure(const Error& error);

private:
    Result<void> write(const std::function<Result<void>(Transaction&)>& work) {
        return db_.transaction([&](Transaction& tx) -> Result<void> {
            if (Result<void> leads = check_lead_(tx); !leads) return leads;
            return work(tx);
        });
    }
    Result<void> provider_works();
    Result<void> take_one(ProviderServer listed, const std::optional<Known>& known,
                          const std::stop_token& stop);
    Result<void> add(Queries& db, const ProviderServer& listed);
    Result<void> schedule(Queries& db, const Server& server);
    Result<void> refresh(Queries& db, const ProviderServer& listed, const Known& known,
                         bool has_details);
    Result<void> note_moved(Queries& db, Server& server, const std::string& address);
    Result<void> miss(const std::string& provider_id, const Known& known);
    [[nodiscard]] bool is_managed(const std::string& id) const {
        return settings_.managed.contains(id);
    }

    Database& db_;
    Provider& provider_;
    const ServerSyncSettings& settings_;
    const contracts::Clock& clock_;
    const CheckLead& check_lead_;
    std::size_t details_ = 0;
    ServerSync done_;
};

Result<void> Round::note_failure(const Error& error) {
    const std::string name(provider_.name());
    return write([&](Transaction& tx) -> Result<void> {
        Incident incident;
        incident.severity = contracts::Severity::critical;
        incident.type = IncidentType::provider_unavailable;
        incident.subject = name;
        incident.title = "The provider " + name + " does not tell its servers";
        incident.description = error.describe();
        const Result<bool> opened = incidents::open_once(tx, incident, clock_.now());
        if (!opened) return opened.fault();
        if (!*opened) return {};
        return tell_admins(tx,
                           {.key = "provider:" + contracts::make_uuid4(),
                            .text = incident.title + ": " + error.describe() +
                                    ". Servers stay as they are known until it does.",
                            .state = "provider"},
                           clock_.now());
    });
}

Result<void> Round::provider_works() {
    return write([&](Transaction& tx) -> Result<void> {
        const auto resolved =
            incidents::resolve(tx, std::nullopt, IncidentType::provider_unavailable,
                               std::string(provider_.name()), clock_.now());
        return resolved ? Result<void>() : resolved.fault();
    });
}

Result<void> Round::schedule(Queries& db, const Server& server) {
    const std::string request = contracts::make_uuid4();
    const Result<Stored<Server>> asked = provisioning::ask(
        db, {.server_id = server.id, .handle = server.handle, .request_id = request}, clock_.now());
    if (!asked) return asked.fault();
    return tell_admins(db,
                       {.key = "server:" + server.id,
                        .text = "The server " + server.handle + " (" + server.ip_address +
                                ") is new and on MANAGED_SERVERS: it is being provisioned.",
                        .server_id = server.id,
                        .state = "new"},
                       clock_.now());
}

Result<void> Round::add(Queries& db, const ProviderServer& listed) {
    Server server;
    server.id = contracts::make_uuid7(clock_.now());
    server.name = listed.name;
    server.handle = std::string(provider_.name()) + '-' + listed.id;
    server.ip_address = listed.address;
    server.status = ServerStatus::reserved;
    server.provider_id = listed.id;
    server.specs = listed.specs;
    server.is_managed = is_managed(listed.id);
    server.ssh_user = listed.ssh_user;
    server.labels = {{"ssh_port", std::to_string(listed.ssh_port)}};
    if (Result<void> put = servers::insert(db, server, clock_.now()); !put) return put;
    if (Result<void> put = run(db, "UPDATE servers SET provider = $1 WHERE id = $2",
                               {std::string(provider_.name()), server.id});
        !put)
        return put;
    return server.is_managed ? schedule(db, server) : Result<void>();
}

// A managed server in use has another address now: we do not connect to it until a person has
// confirmed that it is the same server.
Result<void> Round::note_moved(Queries& db, Server& server, const std::string& address) {
    Incident incident;
    incident.server_id = server.id;
    incident.severity = contracts::Severity::critical;
    incident.type = IncidentType::server_unreachable;
    incident.subject = "address";
    incident.title = "The address of " + server.handle + " has changed";
    incident.description = "It was " + server.ip_address + ", and its provider says " + address +
                           " now. If that is right: orchestrator infra release " + server.id +
                           ", then provision it again.";
    const Result<bool> opened = incidents::open_once(db, incident, clock_.now());
    if (!opened) return opened.fault();
    if (server.status == ServerStatus::active) server.status = ServerStatus::unreachable;
    if (!*opened) return {};
    return tell_admins(db,
                       {.key = "address:" + contracts::make_uuid4(),
                        .text = incident.title + ". " + *incident.description,
                        .server_id = server.id,
                        .state = "address"},
                       clock_.now());
}

// Whether its row may follow the provider's report of its address.
bool is_untouched(const Server& server) {
    return !server.is_managed || server.status == ServerStatus::reserved ||
           server.status == ServerStatus::fresh;
}

void come_back(Server& server) {
    const std::string before = contracts::text_at(server.labels, kStatusBefore);
    server.labels.erase(kStatusBefore);
    server.status = contracts::parse_choice<ServerStatus>(before).value_or(ServerStatus::reserved);
}

// Applies the list of managed servers to a known server.
void follow_list(Server& server, bool managed) {
    if (managed && !server.is_managed && server.status == ServerStatus::reserved)
        server.status = ServerStatus::fresh;
    if (!managed && server.is_managed &&
        (server.status == ServerStatus::pending_setup || server.status == ServerStatus::fresh))
        server.status = ServerStatus::reserved;
    server.is_managed = managed;
}

Result<void> Round::refresh(Queries& db, const ProviderServer& listed, const Known& known,
                            bool has_details) {
    Stored<Server> row = known.server;
    Server& server = row.entity;
    const Json before = contracts::write_message(server);
    if (server.status == ServerStatus::missing) come_back(server);
    follow_list(server, is_managed(listed.id));
    if (!listed.address.empty() && listed.address != server.ip_address) {
        if (is_untouched(server))
            server.ip_address = listed.address;
        else if (Result<void> noted = note_moved(db, server, listed.address); !noted)
            return noted;
    } else if (!listed.address.empty()) {
        const auto settled = incidents::resolve(db, server.id, IncidentType::server_unreachable,
                                                "address", clock_.now());
        if (!settled) return settled.fault();
    }
    if (has_details) server.specs.update(listed.specs);
    const Json after = contracts::write_message(server);
    if (before != after)
        if (Result<void> put = servers::update(db, row); !put) return put;
    if (!has_details && known.missed == 0) return {};
    const std::int64_t looked =
        has_details ? clock_.now().time_since_epoch().count() : known.details_at;
    return run(db, "UPDATE servers SET provider = $1, missed = 0, details_at = $2 WHERE id = $3",
               {std::string(provider_.name()), looked, server.id});
}

Result<void> Round::take_one(ProviderServer listed, const std::optional<Known>& known,
                             const std::stop_token& stop) {
    const Timestamp stale = clock_.now() - settings_.details_every;
    const bool wants_details =
        !known || known->details_at < stale.time_since_epoch().count() || listed.address.empty();
    bool has_details = false;
    if (wants_details && details_ < kMostDetailsARound) {
        ++details_;
        // The list alone is enough to continue with.
        if (Result<ProviderServer> closer = provider_.details(listed.id, stop)) {
            if (!closer->address.empty()) listed.address = closer->address;
            listed.specs.update(closer->specs);
            has_details = true;
        }
    }
    if (!known && listed.address.empty()) return {};
    Result<void> written = write([&](Transaction& tx) {
        return known ? refresh(tx, listed, *known, has_details) : add(tx, listed);
    });
    if (written && !known) ++done_.added;
    if (written && known && known->server.entity.status == ServerStatus::missing) ++done_.came_back;
    return written;
}

Result<void> Round::miss(const std::string& provider_id, const Known& known) {
    bool is_missing = false;
    Result<void> written = write([&](Transaction& tx) -> Result<void> {
        const std::string& id = known.server.entity.id;
        if (Result<void> counted =
                run(tx, "UPDATE servers SET missed = missed + 1 WHERE id = $1", {id});
            !counted)
            return counted;
        Stored<Server> row = known.server;
        Server& server = row.entity;
        if (known.missed + 1 < kListsUntilMissing || server.status == ServerStatus::missing ||
            server.status == ServerStatus::provisioning)
            return {};
        server.labels[kStatusBefore] = std::string(contracts::to_text(server.status));
        server.status = ServerStatus::missing;
        if (Result<void> put = servers::update(tx, row); !put) return put;
        is_missing = true;
        return tell_admins(tx,
                           {.key = "missing:" + contracts::make_uuid4(),
                            .text = "The server " + server.handle + " (" + server.ip_address +
                                    ") is no longer in the list of " +
                                    std::string(provider_.name()) + " (id " + provider_id + ").",
                            .server_id = id,
                            .state = "missing"},
                           clock_.now());
    });
    if (written && is_missing) ++done_.went_missing;
    return written;
}

Result<ServerSync> Round::take(const std::vector<ProviderServer>& listed,
                               const std::stop_token& stop) {
    if (Result<void> works = provider_works(); !works) return works.fault();
    Result<std::map<std::string, Known>> known = known_servers(db_, provider_.name());
    if (!known) return known.fault();
    for (const ProviderServer& server : listed) {
        if (stop.stop_requested()) return done_;
        const auto found = known->find(server.id);
        std::optional<Known> row;
        if (found != known->end()) row = found->second;
        Result<void> taken = take_one(server, row, stop);
        // Somebody has changed the row in the meantime: the next round sees the new state.
        if (!taken && (taken.error().kind != ErrorKind::conflict || !taken.error().field.empty()))
            return fail(std::move(taken.error()).context("server " + server.id));
        if (found != known->end()) known->erase(found);
        ++done_.listed;
    }
    const auto ours =
        db_.query("SELECT id FROM servers WHERE provider = $1", {std::string(provider_.name())});
    if (!ours) return ours.fault();
    for (const Row& row : ours->rows)
        for (const auto& [provider_id, one] : *known)
            if (one.server.entity.id == row.text(0))
                if (Result<void> missed = miss(provider_id, one); !missed) return missed.fault();
    return done_;
}

}  // namespace

Result<ServerSync> sync_servers(Database& db, Provider& provider,
                                const ServerSyncSettings& settings, const contracts::Clock& clock,
                                const std::function<Result<void>(Queries&)>& check_lead,
                                const std::stop_token& stop) {
    Round round(db, provider, settings, clock, check_lead);
    const Result<std::vector<ProviderServer>> listed = provider.list(stop);
    if (listed) return round.take(*listed, stop);
    if (stop.stop_requested()) return listed.fault();
    if (Result<void> noted = round.note_failure(listed.error()); !noted) return noted.fault();
    return fail(Error(listed.error()).context("no server is changed"));
}

PeriodicTask server_sync_task(Database& db, std::shared_ptr<Provider> provider,
                              ServerSyncSettings settings, const contracts::Clock& clock,
                              contracts::Log log, std::chrono::milliseconds interval) {
    return {
        .name = "server_sync",
        .interval = interval,
        .run_once = [&db, provider = std::move(provider), settings = std::move(settings), &clock,
                     log = std::move(log)](const Lease& lease,
                                           const std::stop_token& stop) -> Result<PeriodicOutcome> {
            Result<ServerSync> sync = sync_servers(
                db, *provider, settings, clock,
                [&lease](Queries& queries) { return leases::check(queries, lease); }, stop);
            if (!sync) return sync.fault();
            if (sync->added + sync->went_missing + sync->came_back > 0)
                log.info("the servers have changed", {{"added", sync->added},
                                                      {"missing", sync->went_missing},
                                                      {"back", sync->came_back}});
            return PeriodicOutcome{.text = std::to_string(sync->listed) + " servers are listed, " +
                                           std::to_string(sync->added) + " are new, " +
                                           std::to_string(sync->went_missing) + " are missing"};
        }};
}

}  // namespace control
