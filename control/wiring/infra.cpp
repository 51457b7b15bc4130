#include "contracts/messages/progress.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/bus/bus.h"
#include "control/graphs/graphs.h"
#include "control/graphs/provisioning/calls.h"
#include "control/graphs/provisioning/provisioning.h"
#include "control/wiring/calls_only.h"
#include "control/wiring/provider.h"
#include "control/wiring/wiring.h"

#include <sys/stat.h>
#include <cerrno>

namespace control::wiring {

namespace {

using contracts::fail;
using contracts::Result;

// What a play does just now, for whoever watches: at most two words a second of each.
class PlayProgress {
public:
    PlayProgress(contracts::RedisAddress address, const contracts::Clock& clock)
        : bus_(std::move(address)), clock_(clock) {}

    void tell(const std::string& request_id, const std::string& step, const std::string& message) {
        const std::scoped_lock lock(guard_);
        const contracts::Instant now = clock_.instant();
        if (now < next_) return;
        next_ = now + std::chrono::milliseconds(500);
        contracts::ProgressEvent event;
        event.type = contracts::ProgressType::progress;
        event.request_id = request_id;
        event.timestamp = clock_.now();
        event.current_step = step;
        event.message = message;
        // Losing progress does no harm.
        if (const auto connection = bus_.connection(); connection)
            (void)contracts::publish(**connection, contracts::names::task_progress(request_id),
                                     event);
    }
    void interrupt() { bus_.interrupt(); }

private:
    std::mutex guard_;
    Bus bus_;
    const contracts::Clock& clock_;
    contracts::Instant next_{};
};

// Answers the calls `provision.*`: it needs ssh and Ansible, and moves no thread.
class InfraRole final : public Role {
public:
    InfraRole(Ports& ports, const Settings& settings)
        : progress_(ports.bus->address, ports.clock),
          provider_(make_provider(ports, settings.servers)),
          provisioner_(make_ansible(
              {.ansible = settings.servers.ansible, .directory = ports.data.provisioning()},
              ports.database(), ports.store->vault, ports.clock)),
          graphs_(graphs_ports(ports), calls_only(ports, "infra", {.prefixes = {"provision."}}),
                  modules(ports, settings)) {}

    Result<void> start() override { return graphs_.start(); }
    // A play that is cut off is run again by whoever comes next.
    void stop() override {
        stopping_.request_stop();
        progress_.interrupt();
        graphs_.stop();
    }
    Result<void> health() const override { return graphs_.health(); }
    Duties duties() const override { return {.calls = {"provision."}}; }

private:
    std::vector<graphs::Module> modules(Ports& ports, const Settings& settings) {
        graphs::ProvisionPorts calls{
            .database = ports.database(),
            .provider = provider_.get(),
            .provisioner = *provisioner_,
            .vault = ports.store->vault,
            .clock = ports.clock,
            .stop = stopping_.get_token(),
            .progress = [this](const std::string& request, const std::string& step,
                               const std::string& message) {
                progress_.tell(request, step, message);
            }};
        std::vector<graphs::Module> all;
        all.push_back(graphs::provisioning_module(
            {}, graphs::provision_calls(std::move(calls), {.managed = settings.servers.managed})));
        return all;
    }

    std::stop_source stopping_;
    PlayProgress progress_;
    std::shared_ptr<Provider> provider_;
    std::unique_ptr<Provisioner> provisioner_;
    graphs::Graphs graphs_;
};

}  // namespace

MadeRole infra(Ports& ports, const Settings& settings) {
    const std::string directory = ports.data.provisioning();
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(contracts::system_error(errno, "create " + directory));
    if (!settings.servers.managed.empty())
        if (const Result<void> there = check_ansible(settings.servers.ansible); !there)
            ports.log.warning("servers cannot be set up", {{"error", there.error().describe()}});
    return std::make_unique<InfraRole>(ports, settings);
}

}  // namespace control::wiring
