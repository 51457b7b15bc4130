#include "control/api/deployment_health.h"

#include "control/api/handlers.h"
#include "control/store/health_hours.h"
#include "control/store/service_deployments.h"

namespace control {

namespace {

constexpr std::chrono::days kHealthDays{7};
// Limits the answer: each deployment has up to 168 hours.
constexpr std::size_t kMostDeployments = 20;

Result<contracts::Json> hours_of(Queries& db, const std::string& id, contracts::Timestamp from) {
    Result<std::vector<health_hours::Hour>> hours = health_hours::since(db, id, from);
    if (!hours) return hours.fault();
    contracts::Json all = contracts::Json::array();
    for (const health_hours::Hour& hour : *hours)
        all.push_back({{"begins", contracts::format_timestamp(hour.begins)},
                       {"hits", hour.hits},
                       {"misses", hour.misses}});
    return all;
}

}  // namespace

void visit_fields(DeploymentHealth& health, contracts::FieldList& fields) {
    fields.required("deployment_id", health.deployment_id, contracts::kIdentifier);
    fields.required("service_name", health.service_name, contracts::kShortText);
    fields.required("hours", health.hours);
}

void handle_deployment_health(Exchange&& exchange) {
    Result<PageRequest> request = page_of(exchange);
    if (!request) return exchange.refuse(request.error());
    request->limit = std::min(request->limit, kMostDeployments);
    Database& db = exchange.context->database;
    Result<Page<contracts::ServiceDeployment>> page = service_deployments::list(db, *request);
    if (!page) return exchange.refuse(page.error());
    const contracts::Timestamp from = exchange.context->clock.now() - kHealthDays;
    Page<DeploymentHealth> health;
    health.next = std::move(page->next);
    for (const Stored<contracts::ServiceDeployment>& one : page->items) {
        Result<contracts::Json> hours = hours_of(db, one.entity.id, from);
        if (!hours) return exchange.refuse(hours.error());
        health.items.push_back({{.deployment_id = one.entity.id,
                                 .service_name = one.entity.service_name,
                                 .hours = *std::move(hours)},
                                one.version});
    }
    exchange.reply(page_response(exchange, std::move(health)));
}

}  // namespace control
