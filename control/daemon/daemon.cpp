#include "control/daemon/daemon.h"

#include "control/daemon/port_checks.h"
#include "control/daemon/ready_file.h"
#include "control/daemon/running_roles.h"
#include "control/daemon/service_manager.h"
#include "control/daemon/start_pages.h"
#include "control/ports/fatal.h"

#include <unistd.h>

namespace control {

using contracts::fail;
using contracts::Json;
using contracts::Log;
using contracts::Result;

// Built in this order and destroyed in reverse.
struct Daemon::Parts {
    ServiceManager manager{contracts::Environment::of_process()};
    std::unique_ptr<Ports> ports;
    std::optional<RunningRoles> roles;
    std::optional<Presence> presence;
    std::optional<ReadyFile> ready;
    bool is_ephemeral = false;
};

namespace {

std::string api_url(const Ports& ports) {
    return ports.network ? ports.network->url() : std::string();
}

// For `orchestratord env`: the daemon's addresses and how an administrator of this machine reaches
// it.
Result<ReadyFile> tell_ready(const Ports& ports, const RunningRoles& roles) {
    Json names = Json::array();
    for (const NamedRole& one : roles.all())
        names.push_back(std::string(one.name));
    Json facts{{"pid", ::getpid()},
               {"redis_url", ports.bus->address.url()},
               {"runtime", ports.runtime_name()},
               {"roles", std::move(names)}};
    if (ports.network) facts["api_url"] = api_url(ports);
    return ReadyFile::write(ports.data.path(), facts);
}

}  // namespace

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Daemon::~Daemon() {
    parts_->ready.reset();
    parts_->presence.reset();  // before its roles stop
    if (!parts_->roles) return;
    parts_->roles->stop();
    if (parts_->is_ephemeral) parts_->roles->end_remains(parts_->ports->log);
}

Result<std::unique_ptr<Daemon>> Daemon::start(const Settings& settings,
                                              std::span<const RoleEntry> table, Log log) {
    std::unique_ptr<Daemon> daemon(new Daemon(std::make_unique<Parts>()));
    Parts& parts = *daemon->parts_;
    auto ports = Ports::build(settings, needs_of(table, settings), std::move(log));
    if (!ports) return fatal(std::move(ports.error()));
    parts.ports = std::move(*ports);
    auto roles = RunningRoles::make(table, *parts.ports, settings);
    if (!roles) return fatal(std::move(roles.error()));
    parts.roles.emplace(std::move(*roles));
    if (Result<void> started = parts.roles->start(); !started)
        return fatal(std::move(started.error()));
    parts.presence.emplace(*parts.ports, *parts.roles, checks_of(*parts.ports), parts.manager);
    if (Result<void> announced = parts.presence->start(); !announced)
        return fatal(std::move(announced.error()));
    release_start_pages();
    auto ready = tell_ready(*parts.ports, *parts.roles);
    if (!ready) return fatal(std::move(ready.error()));
    parts.ready.emplace(std::move(*ready));
    parts.ports->log.info("serving",
                          {{"address", api_url(*parts.ports)},
                           {"socket", parts.ports->network ? settings.listen.socket : ""},
                           {"redis", parts.ports->bus->address.display()},
                           {"data", parts.ports->data.path()}});
    parts.manager.serving(api_url(*parts.ports));
    return daemon;
}

void Daemon::run() {
    parts_->ports->server.run();
}

void Daemon::stop() {
    parts_->manager.stopping();
    parts_->ports->server.stop();
}

void Daemon::be_ephemeral() {
    parts_->is_ephemeral = true;
}

}  // namespace control
