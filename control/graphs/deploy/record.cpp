#include "control/graphs/deploy/record.h"

#include "contracts/base/id.h"
#include "contracts/base/text.h"
#include "control/store/service_deployments.h"

namespace control::graphs {

using contracts::Json;
using contracts::Result;
using contracts::Timestamp;

namespace {

constexpr std::size_t kMostError = 4000;

// The tested commit in a task's result; anybody who may change a task may have written that.
std::string tested_commit_in(const std::string& result) {
    const auto json = contracts::parse_json(result);
    if (!json || !json->is_object() || !json->value("merged", Json()).is_boolean() ||
        !json->at("merged").get<bool>())
        return {};
    const Json tests = json->value("tests", Json::object());
    if (!tests.is_object() || tests.value("exit_code", Json(1)) != Json(0)) return {};
    return contracts::text_at(tests, "commit");
}

Result<void> record_deployment(Queries& db, const Json& body, Timestamp now) {
    const std::string project = contracts::text_at(body, "project_id");
    const std::string service = contracts::text_at(body, "service_name");
    auto page = service_deployments::list(
        db, {.limit = kMaxPage, .cursor = {}, .filters = {{"project_id", project}}});
    if (!page) return page.fault();
    Stored<contracts::ServiceDeployment>* known = nullptr;
    for (auto& row : page->items)
        if (row.entity.service_name == service) known = &row;
    contracts::ServiceDeployment row =
        known != nullptr ? known->entity : contracts::ServiceDeployment{};
    const std::string status = contracts::text_at(body, "status");
    const std::string text = contracts::text_at(body, "error");
    const std::string error(contracts::beginning(text, kMostError));
    row.error = error.empty() ? std::nullopt : std::optional(error);
    const bool goes_on = status == "failed" && known != nullptr && row.status == "active";
    if (!goes_on) {
        row.project_id = project;
        row.service_name = service;
        row.server_id = contracts::text_at(body, "server_id");
        row.port = body.value("port", std::int64_t{0});
        row.status = status;
        row.commit = contracts::text_at(body, "commit");
        const std::string url = contracts::text_at(body, "url");
        row.url = url.empty() ? std::nullopt : std::optional(url);
        row.deployed_at = now;
        row.health_since = status == "active" ? std::optional(now) : std::nullopt;
    }
    if (known == nullptr) row.id = contracts::make_uuid7(now);
    Result<void> written = known != nullptr ? service_deployments::update(
                                                  db, {.entity = row, .version = known->version})
                                            : service_deployments::insert(db, row, now);
    if (!written || goes_on) return written;
    return service_deployments::set_health_path(db, row.id, contracts::text_at(body, "health"));
}

}  // namespace

Result<std::string> newest_tested_commit(Queries& db, const std::string& project_id) {
    const auto rows = db.query(
        "SELECT result FROM tasks WHERE project_id = $1 AND type = 'engineering' AND "
        "status = 'completed' AND result IS NOT NULL ORDER BY updated_at DESC, id DESC LIMIT 20",
        {project_id});
    if (!rows) return rows.fault();
    for (const Row& row : rows->rows)
        if (std::string commit = tested_commit_in(row.text(0)); !commit.empty()) return commit;
    return std::string();
}

Writers deployment_writers() {
    return {{"deployment.record", record_deployment}};
}

}  // namespace control::graphs
