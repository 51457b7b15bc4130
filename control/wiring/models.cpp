#include "control/wiring/models.h"

namespace control::wiring {

namespace {

std::vector<ModelUpstream> upstreams_of(const std::vector<ModelKey>& keys) {
    std::vector<ModelUpstream> upstreams;
    for (const ModelKey& key : keys)
        upstreams.push_back({key.upstream, key.key});
    return upstreams;
}

// The metrics outlive both, and what they read the store.
void count(Metrics& metrics, const std::weak_ptr<Meter>& meter,
           const std::weak_ptr<ModelGateway>& gateway) {
    using Total = std::atomic<std::int64_t> MeterTotals::*;
    const auto total = [&](const char* name, const char* help, MetricLabels labels, Total of,
                           double unit = 1) {
        metrics.counter(name, help, std::move(labels), [meter, of, unit] {
            const std::shared_ptr<Meter> alive = meter.lock();
            return alive ? static_cast<double>((alive->totals().*of).load()) / unit : 0.0;
        });
    };
    total("orchestrator_model_calls_total", "Model calls that have ended.", {},
          &MeterTotals::calls);
    total("orchestrator_model_calls_estimated_total",
          "Model calls whose cost the provider did not tell.", {}, &MeterTotals::estimated);
    constexpr const char* kRefused = "orchestrator_model_calls_refused_total";
    constexpr const char* kRefusedHelp = "Model calls that were refused before they were sent.";
    total(kRefused, kRefusedHelp, {{"reason", "budget_reached"}}, &MeterTotals::budget_reached);
    total(kRefused, kRefusedHelp, {{"reason", "budget_held"}}, &MeterTotals::budget_held);
    total(kRefused, kRefusedHelp, {{"reason", "model_forbidden"}}, &MeterTotals::model_forbidden);
    total(kRefused, kRefusedHelp, {{"reason", "unavailable"}}, &MeterTotals::unavailable);
    constexpr const char* kTokens = "orchestrator_model_tokens_total";
    constexpr const char* kTokensHelp = "Tokens that models have read and written.";
    total(kTokens, kTokensHelp, {{"kind", "input"}}, &MeterTotals::input);
    total(kTokens, kTokensHelp, {{"kind", "cache_read"}}, &MeterTotals::cache_read);
    total(kTokens, kTokensHelp, {{"kind", "cache_write"}}, &MeterTotals::cache_write);
    total(kTokens, kTokensHelp, {{"kind", "output"}}, &MeterTotals::output);
    total("orchestrator_model_cost_dollars_total", "What model calls have cost.", {},
          &MeterTotals::cost, static_cast<double>(kNanodollarsInDollar));
    metrics.gauge("orchestrator_model_calls_under_way", "Model calls that have not ended.",
                  [meter] {
                      const std::shared_ptr<Meter> alive = meter.lock();
                      return alive ? static_cast<double>(alive->calls_under_way()) : 0.0;
                  });
    for (const auto& [provider, name] : {std::pair{ModelProvider::anthropic, "anthropic"},
                                         std::pair{ModelProvider::openai, "openai"}})
        metrics.gauge("orchestrator_model_keys_resting",
                      "Keys that rest because the provider turned them away.", {{"provider", name}},
                      [gateway, provider = provider] {
                          const std::shared_ptr<ModelGateway> alive = gateway.lock();
                          return alive ? static_cast<double>(alive->keys_resting(provider)) : 0.0;
                      });
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
    const std::shared_ptr<Meter> meter = needs.meter;
    auto gateway = std::make_shared<ModelGateway>(std::move(needs));
    if (meter) count(ports.metrics, meter, gateway);
    return gateway;
}

}  // namespace control::wiring
