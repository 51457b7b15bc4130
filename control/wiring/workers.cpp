#include "control/workers/workers.h"

#include "contracts/streams/names.h"
#include "control/gate/setting.h"
#include "control/models/gateway_route.h"
#include "control/wiring/api_of_ports.h"
#include "control/wiring/models.h"
#include "control/wiring/wiring.h"
#include "control/workers/farewell.h"
#include "control/workers/refusal_keeper.h"

namespace control::wiring {

namespace {

using contracts::Result;

// As a pattern; empty: repositories live here, and workers reach them through the gate alone.
std::string forge_host(const ForgeSettings& forge) {
    if (forge.kind == ForgeKind::local) return {};
    const std::string_view url = forge.git_url;
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    std::string host(url.substr(scheme + 3));
    host.erase(std::min(host.find('/'), host.size()));
    const bool has_port = host.find(':', host.starts_with('[') ? host.find(']') : 0) != host.npos;
    return has_port ? host : host + (url.starts_with("https") ? ":443" : ":80");
}

void show_totals(Metrics& metrics, const std::shared_ptr<EgressTotals>& totals) {
    struct Row {
        const char* name;
        const char* help;
        std::atomic<std::uint64_t> EgressTotals::* count;
    };
    constexpr Row kRows[] = {
        {"orchestrator_egress_connections", "Connections of workers to hosts outside.",
         &EgressTotals::connections},
        {"orchestrator_egress_refused", "Connections of workers that were not allowed.",
         &EgressTotals::refused},
        {"orchestrator_egress_sent_bytes", "Bytes from workers to hosts outside.",
         &EgressTotals::bytes_out},
        {"orchestrator_egress_received_bytes", "Bytes from hosts outside to workers.",
         &EgressTotals::bytes_in},
    };
    for (const Row& row : kRows)
        metrics.gauge(row.name, row.help, [totals, count = row.count] {
            return static_cast<double>(((*totals).*count).load(std::memory_order_relaxed));
        });
}

EgressUpstream egress_needs(Ports& ports, const Settings& settings,
                            std::shared_ptr<RefusalKeeper> keeper) {
    EgressUpstream upstream{.settings = settings.egress, .forge = forge_host(settings.forge)};
    upstream.on_refusal = [keeper = std::move(keeper)](const RefusedConnection& refused) {
        keeper->note(refused);
    };
    show_totals(ports.metrics, upstream.totals);
    return upstream;
}

GateSetting gate_needs(Ports& ports, const Settings& settings, std::shared_ptr<ModelGateway> models,
                       const Api& api, std::shared_ptr<RefusalKeeper> refusals) {
    WorkerLogins& logins = *ports.bus->logins;
    return {
        .server = ports.server,
        .dial_bus =
            [&logins](const WorkerIdentity& worker) {
                return logins.dial_as_worker({.worker_id = worker.worker_id,
                                              .type = worker.type,
                                              .task_id = worker.task_id,
                                              .allowed_commands = worker.allowed_commands});
            },
        .leave_bus = [&logins](const std::string& worker_id) { return logins.remove(worker_id); },
        .api_for =
            [&api](const WorkerIdentity& worker) {
                // A product owner looks after all of its user's projects, a developer works on one.
                const bool owner = worker.type == contracts::WorkerType::po;
                return api.handler_for(Caller::worker(worker.worker_id, worker.user_id,
                                                      worker.allowed_commands,
                                                      owner ? "" : worker.project_id));
            },
        .answer_within = kAnswerPatience,
        .forge = ports.forge.get(),
        .models = std::move(models),
        .egress = egress_needs(ports, settings, std::move(refusals)),
        .log = ports.log};
}

// Where none are made: the cluster's, or none where workers run without images.
std::string given_image(const RuntimeSettings& runtime) {
    const bool in_cluster = runtime.choice == RuntimeChoice::kubernetes;
    return in_cluster ? runtime.cluster.worker_image : std::string();
}

// `given` where none are made.
Result<std::string> image_for(images::Images* images, const std::string& given,
                              const contracts::WorkerConfig& config, std::stop_token stop) {
    if (images == nullptr) return given;
    auto plan = images->ensure({config.agent_type, config.capabilities, config.packages}, {},
                               std::move(stop));
    if (!plan) return plan.fault();
    return plan->tag;
}

ServiceImageFor service_images(images::Images* images) {
    if (images == nullptr) return {};
    return [images](contracts::TestService service, std::stop_token stop) -> Result<std::string> {
        auto plan = images->ensure({.agent = contracts::AgentType::custom, .service = service}, {},
                                   std::move(stop));
        if (!plan) return plan.fault();
        return plan->tag;
    };
}

WorkersSetting workers_needs(Ports& ports, const Settings& all, Gate& gate) {
    const WorkerSettings& settings = all.workers;
    // Nobody can freeze a pod.
    const bool can_pause = all.runtime.choice != RuntimeChoice::kubernetes;
    return {.directory = ports.data.workers(),
            .sessions = ports.data.sessions(),
            .max_workers = [&ports] { return ports.live->now()->workers.at_once; },
            .max_of_user = [&ports] { return ports.live->now()->workers.of_user; },
            .creation_timeout = settings.creation_timeout,
            .first_uid = settings.first_uid,
            .limits = {.memory_bytes = settings.memory_mb << 20,
                       .cpus = settings.cpus,
                       .pids = settings.pids,
                       .disk_bytes = settings.disk_mb << 20},
            .limits_times = settings.limits_times,
            .host_sessions = settings.host_sessions,
            .pause_after = can_pause ? settings.pause_after : std::chrono::seconds(0),
            .stop_after = settings.stop_after,
            .pulse_patience = settings.pulse_patience,
            .instance = ports.data.owner(),
            .gone_after = settings.gone_after,
            .has_repositories = ports.shares_forge,
            .commands = &ports.commands,
            .database = ports.database(),
            .runtime = *ports.runtime,
            .forge = *ports.forge,
            .gate = gate,
            .image_for =
                [images = ports.images.get(), given = given_image(all.runtime)](
                    const contracts::WorkerConfig& config, std::stop_token stop) {
                    return image_for(images, given, config, std::move(stop));
                },
            .service_image_for = service_images(ports.images.get()),
            .redis = ports.bus->address,
            .clock = ports.clock,
            .log = ports.log};
}

class WorkersRole final : public Role {
public:
    WorkersRole(Ports& ports, const Settings& settings)
        : api_(make_api(ports, settings)),
          models_(make_model_gateway(ports, settings.models)),
          gateway_(models_, ports.database(), ports.clock),
          network_(ports.network.get()),
          refusals_(std::make_shared<RefusalKeeper>(ports.database(), ports.clock, ports.log)),
          gate_(make_gate(gate_needs(ports, settings, models_, *api_, refusals_))),
          needs_(workers_needs(ports, settings, *gate_)),
          workers_(needs_) {}

    Result<void> start() override {
        if (network_ != nullptr && models_->is_offered())
            network_->serve(std::string(kGatewayPath),
                            [this](HttpRequest request, const HttpReply& reply) {
                                gateway_.handle(std::move(request), reply);
                            });
        refusals_->start();
        return workers_.start();
    }
    void stop() override {
        if (network_ != nullptr) network_->serve(std::string(kGatewayPath), {});
        gateway_.stop();
        workers_.stop();
        refusals_->stop();
    }
    Result<void> health() const override {
        if (Result<void> well = workers_.health(); !well) return well;
        return refusals_->health();
    }
    Duties duties() const override {
        return {.streams = {std::string(contracts::names::kWorkerCommands),
                            std::string(contracts::names::kWorkerLifecycle)}};
    }
    Result<void> end_remains() override { return remove_all_workers(needs_); }

private:
    std::unique_ptr<Api> api_;
    std::shared_ptr<ModelGateway> models_;
    GatewayRoute gateway_;
    NetworkDoor* network_;                     // null: this daemon has none
    std::shared_ptr<RefusalKeeper> refusals_;  // shared with doors, which may close later
    std::unique_ptr<Gate> gate_;
    WorkersSetting needs_;
    Workers workers_;
};

}  // namespace

MadeRole workers(Ports& ports, const Settings& settings) {
    if (settings.models.anthropic.empty() && settings.models.openai.empty())
        ports.log.warning(
            "no model key: workers have no door to a model; set ANTHROPIC_API_KEY or "
            "OPENAI_API_KEY");
    return std::make_unique<WorkersRole>(ports, settings);
}

}  // namespace control::wiring
