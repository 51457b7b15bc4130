#include "control/graphs/provisioning/calls.h"

#include "contracts/base/number.h"
#include "control/jobs/pause.h"
#include "control/store/provisioning.h"
#include "control/store/server_access.h"
#include "control/store/servers.h"

namespace control::graphs {

using contracts::Json;
using contracts::Server;
using contracts::text_at;

namespace {

std::string password_place(const std::string& server_id) {
    return "server_password " + server_id;
}

struct Wiped {
    std::string text;
    ~Wiped() { wipe(text); }
};

class ProvisionCalls {
public:
    ProvisionCalls(ProvisionPorts ports, ProvisionCallSettings settings)
        : ports_(std::move(ports)), settings_(std::move(settings)) {}

    Result<Json> begin(const Json& arguments);
    Result<Json> reinstall(const Json& arguments);
    Result<Json> reach(const Json& arguments);
    Result<Json> run(const Json& arguments, ProvisionPhase phase);

private:
    // The server of a request in progress; `conflict` if the request may not change it any more.
    Result<Server> server_of(const Json& arguments);
    Result<Server> find_by_handle(const std::string& handle);
    // Checks that this id is managed and that its provider reports the address that we know.
    Result<void> check_provider(const Server& server);
    [[nodiscard]] static ProvisionTarget target_of(const Server& server);
    Result<void> set_password(const std::string& server_id, const std::string& sealed);
    Result<bool> mark_reinstalled(const std::string& server_id);

    ProvisionPorts ports_;
    ProvisionCallSettings settings_;
};

Result<Server> ProvisionCalls::find_by_handle(const std::string& handle) {
    auto page =
        servers::list(ports_.database, {.limit = 1, .cursor = {}, .filters = {{"handle", handle}}});
    if (!page) return page.fault();
    if (page->items.empty())
        return fail(ErrorKind::not_found, "there is no server " + handle, "server_handle",
                    "see `orchestrator infra servers`");
    return std::move(page->items.front().entity);
}

Result<Server> ProvisionCalls::server_of(const Json& arguments) {
    const std::string id = text_at(arguments, "server_id");
    if (Result<void> ours =
            provisioning::check(ports_.database, id, text_at(arguments, "request_id"));
        !ours)
        return ours.fault();
    auto found = servers::find(ports_.database, id);
    if (!found) return found.fault();
    return std::move(found->entity);
}

Result<void> ProvisionCalls::check_provider(const Server& server) {
    if (!settings_.managed.contains(server.provider_id) || !server.is_managed)
        return fail(ErrorKind::conflict,
                    "the server " + server.handle + " is not managed: its id " +
                        server.provider_id + " is not on MANAGED_SERVERS",
                    "server_handle", "add it there, if it should be set up");
    if (ports_.provider == nullptr)
        return fail(ErrorKind::conflict, "no provider is configured that knows " + server.handle,
                    "PROVIDER", "set PROVIDER");
    const Result<ProviderServer> told = ports_.provider->details(server.provider_id, ports_.stop);
    if (!told) return told.fault();
    if (told->address == server.ip_address) return {};
    return fail(
        ErrorKind::conflict,
        "the provider's address of " + server.handle + " is " + told->address +
            ", and we know it at " + server.ip_address,
        "ip_address",
        "if that is right: orchestrator infra release " + server.id + ", then provision it again");
}

ProvisionTarget ProvisionCalls::target_of(const Server& server) {
    const auto port = contracts::whole_number(text_at(server.labels, "ssh_port"), 1, 65'535);
    return {.server_id = server.id,
            .handle = server.handle,
            .address = server.ip_address,
            .port = static_cast<std::uint16_t>(port.value_or(22)),
            .user = server.ssh_user};
}

Result<void> ProvisionCalls::set_password(const std::string& server_id, const std::string& sealed) {
    return ports_.database.transaction(
        [&](Transaction& tx) { return server_access::set_password(tx, server_id, sealed); });
}

Result<Json> ProvisionCalls::begin(const Json& arguments) {
    const Result<Server> server = find_by_handle(text_at(arguments, "server_handle"));
    if (!server) return server.fault();
    if (Result<void> known = check_provider(*server); !known) return known.fault();
    const ProvisioningRequest request{.server_id = server->id,
                                      .handle = server->handle,
                                      .request_id = text_at(arguments, "request_id"),
                                      .force_reinstall = arguments.value("force_reinstall", false),
                                      .is_recovery = arguments.value("is_recovery", false)};
    const Result<void> begun = ports_.database.transaction([&](Transaction& tx) -> Result<void> {
        const auto attempt = provisioning::begin_attempt(
            tx, request, arguments.value("attempt", std::int64_t{1}), ports_.clock.now());
        return attempt ? Result<void>() : attempt.fault();
    });
    if (!begun) return begun.fault();
    return Json{{"server_id", server->id}, {"address", server->ip_address}};
}

// False: a reinstall for this request was started before, and its end was not seen.
Result<bool> ProvisionCalls::mark_reinstalled(const std::string& server_id) {
    bool is_first = false;
    const Result<void> done = ports_.database.transaction([&](Transaction& tx) -> Result<void> {
        const auto marked = tx.query(
            "UPDATE provisioning_requests SET force_reinstall = 0 WHERE server_id = $1 AND "
            "force_reinstall = 1",
            {server_id});
        if (!marked) return marked.fault();
        is_first = marked->changed > 0;
        return {};
    });
    if (!done) return done.fault();
    return is_first;
}

Result<Json> ProvisionCalls::reinstall(const Json& arguments) {
    const Result<Server> server = server_of(arguments);
    if (!server) return server.fault();
    const Result<std::string> key = ports_.provisioner.public_key();
    if (!key) return key.fault();
    if (Result<void> known = check_provider(*server); !known) return known.fault();
    const Result<bool> is_first = mark_reinstalled(server->id);
    if (!is_first) return is_first.fault();
    if (!*is_first)
        return fail(ErrorKind::conflict,
                    "a reinstall was requested before, and its end was not seen", "force_reinstall",
                    "check the server, then request it again");
    Result<std::string> password =
        ports_.provider->reinstall(server->provider_id, *key, ports_.stop);
    if (!password) {
        // A fatal error is never retried automatically.
        password.error().kind = ErrorKind::fatal;
        return password.fault();
    }
    const Wiped wiped{std::move(*password)};
    const std::string sealed = ports_.vault.seal(wiped.text, password_place(server->id));
    if (Result<void> kept = set_password(server->id, sealed); !kept) return kept.fault();
    if (Result<void> forgot = ports_.provisioner.forget_host(server->id); !forgot)
        return forgot.fault();
    (void)pause(settings_.boot, ports_.stop);
    return Json::object();
}

Result<Json> ProvisionCalls::reach(const Json& arguments) {
    const Result<Server> server = server_of(arguments);
    if (!server) return server.fault();
    const ProvisionTarget target = target_of(*server);
    const Result<std::string> sealed = server_access::password(ports_.database, server->id);
    if (!sealed) return sealed.fault();
    if (!sealed->empty()) {
        Result<std::string> opened = ports_.vault.open(*sealed, password_place(server->id));
        if (!opened) return opened.fault();
        const Wiped password{std::move(*opened)};
        // If our key was installed with the reinstall, the password may be refused already.
        const Result<void> given = ports_.provisioner.give_key(target, password.text, ports_.stop);
        if (!given && given.error().kind != ErrorKind::permission) return given.fault();
    }
    if (Result<void> reached = ports_.provisioner.reach(target, ports_.stop); !reached)
        return reached.fault();
    if (!sealed->empty())
        if (Result<void> gone = set_password(server->id, ""); !gone) return gone.fault();
    return Json::object();
}

Result<Json> ProvisionCalls::run(const Json& arguments, ProvisionPhase phase) {
    const Result<Server> server = server_of(arguments);
    if (!server) return server.fault();
    const std::string request = text_at(arguments, "request_id");
    const std::string step = phase == ProvisionPhase::access ? "access" : "software";
    const auto on_task = [&](const std::string& task) {
        if (ports_.progress) ports_.progress(request, step, task);
    };
    const ProvisionTarget target = target_of(*server);
    const auto first = ports_.provisioner.run(target, phase, on_task, ports_.stop);
    if (!first) return first.fault();
    const auto again = ports_.provisioner.run(target, phase, on_task, ports_.stop);
    if (!again) return again.fault();
    if (again->changed > 0)
        return fail(ErrorKind::fatal, "the second run of " + step + " still changed " +
                                          std::to_string(again->changed) +
                                          " things: something on the server reverts them");
    return Json{{"tasks", first->tasks}, {"changed", first->changed}};
}

}  // namespace

CallHandlers provision_calls(ProvisionPorts ports, ProvisionCallSettings settings) {
    const auto calls = std::make_shared<ProvisionCalls>(std::move(ports), std::move(settings));
    return {{"provision.begin",
             [calls](const Json& a) {
                 return calls->begin(a);
             }},
            {"provision.reinstall",
             [calls](const Json& a) {
                 return calls->reinstall(a);
             }},
            {"provision.reach",
             [calls](const Json& a) {
                 return calls->reach(a);
             }},
            {"provision.access",
             [calls](const Json& a) {
                 return calls->run(a, ProvisionPhase::access);
             }},
            {"provision.software", [calls](const Json& a) {
                 return calls->run(a, ProvisionPhase::software);
             }}};
}

CallHandlers provision_call_names() {
    return {{"provision.begin", {}},
            {"provision.reinstall", {}},
            {"provision.reach", {}},
            {"provision.access", {}},
            {"provision.software", {}}};
}

}  // namespace control::graphs
