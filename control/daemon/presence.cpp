#include "control/daemon/presence.h"

#include "control/http/loop.h"

#include <unistd.h>

namespace control {

using contracts::Result;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kLookEvery{5'000};

std::string host_name() {
    std::string name(256, '\0');
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.c_str();
}

DaemonRow row_of(const Ports& ports, const RunningRoles& roles) {
    DaemonRow row;
    row.name = ports.data.owner();
    row.host = host_name();
    row.started_at = ports.clock.now();
    for (const NamedRole& one : roles.all()) {
        row.roles.emplace_back(one.name);
        const Duties duties = one.role->duties();
        row.streams.insert(row.streams.end(), duties.streams.begin(), duties.streams.end());
        row.calls.insert(row.calls.end(), duties.calls.begin(), duties.calls.end());
    }
    return row;
}

}  // namespace

Presence::Presence(Ports& ports, const RunningRoles& roles, std::vector<NamedCheck> checks,
                   const ServiceManager& manager)
    : ports_(ports),
      manager_(manager),
      checks_(std::move(checks)),
      row_(row_of(ports, roles)),
      loop_(
          "presence",
          [this]() -> Result<std::chrono::milliseconds> {
              beat();
              look();
              if (ports_.clock.instant() >= next_announcement_)
                  if (Result<void> announced = announce(); !announced) return announced.fault();
              return kLookEvery;
          },
          wake_, ports.log) {
    for (const NamedRole& one : roles.all())
        checks_.push_back({"role " + std::string(one.name), [role = one.role.get()] {
                               return role->health();
                           }});
    for (const NamedCheck& one : checks_)
        ports_.metrics.gauge("orchestrator_part_works", "Whether a part of the daemon works.",
                             {{"part", one.name}}, [&health = ports_.health, name = one.name] {
                                 return health.is_well(name) ? 1.0 : 0.0;
                             });
}

Presence::~Presence() {
    stop();
}

Result<void> Presence::start() {
    look();
    if (Result<void> announced = announce(); !announced) return announced;
    is_announced_ = true;
    if (Result<void> reported = report_unread(); !reported) return reported;
    loop_.start();
    return {};
}

void Presence::stop() {
    loop_.stop();
    if (!std::exchange(is_announced_, false)) return;
    const Result<void> left = ports_.database().transaction(
        [this](Transaction& tx) { return daemons::leave(tx, row_.name, ports_.clock.now()); });
    if (!left)
        ports_.log.warning("could not record in the store that this daemon has stopped",
                           {{"error", left.error().describe()}});
}

// The event loop ends before the service manager's object, so a posted function is run in time or
// not at all.
void Presence::beat() {
    if (manager_.is_there()) ports_.server.loop().post([&manager = manager_] { manager.alive(); });
}

void Presence::look() {
    for (const NamedCheck& one : checks_) {
        const Result<void> state = one.check();
        if (!ports_.health.set(one.name, state)) continue;
        if (state)
            ports_.log.info("a part of the daemon works again", {{"part", one.name}});
        else
            ports_.log.warning("a part of the daemon does not work",
                               {{"part", one.name}, {"error", state.error().describe()}});
    }
}

Result<void> Presence::announce() {
    row_.seen_at = ports_.clock.now();
    Result<void> done = ports_.database().transaction(
        [this](Transaction& tx) { return daemons::announce(tx, row_); });
    if (done) next_announcement_ = ports_.clock.instant() + daemons::kAnnounceEvery;
    return done;
}

// Daemons of a fleet start one after the other: a stream that nobody reads yet is not a failure of
// this daemon.
Result<void> Presence::report_unread() {
    Result<std::vector<WaitingWork>> waiting = daemons::work(ports_.database(), ports_.clock.now());
    if (!waiting) return waiting.fault();
    for (const WaitingWork& one : *waiting)
        if (one.picked_up_by.empty())
            ports_.log.warning(daemons::unread(one), {{"next_step", daemons::mend(one)}});
    return {};
}

}  // namespace control
