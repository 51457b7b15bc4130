#include "control/wiring/models.h"

namespace control::wiring {

namespace {

std::vector<ModelUpstream> upstreams_of(const std::vector<ModelKey>& keys) {
    std::vector<ModelUpstream> upstreams;
    for (const ModelKey& key : keys)
        upstreams.push_back({key.upstream, key.key});
    return upstreams;
}

}  // namespace

std::shared_ptr<ModelGateway> make_model_gateway(Ports& ports, const ModelSettings& settings) {
    GatewayNeeds needs{.client = ports.client,
                       .clock = ports.clock,
                       .upstreams = {.anthropic = upstreams_of(settings.anthropic),
                                     .openai = upstreams_of(settings.openai)},
                       .log = ports.log};
    if (!settings.anthropic.empty() || !settings.openai.empty())
        needs.meter = std::make_shared<Meter>(MeterNeeds{.database = ports.database(),
                                                         .clock = ports.clock,
                                                         .daemon = ports.data.owner(),
                                                         .log = ports.log});
    return std::make_shared<ModelGateway>(std::move(needs));
}

}  // namespace control::wiring
