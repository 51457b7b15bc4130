#include "control/graphs/deploy/removal_calls.h"

#include "control/store/project_secrets.h"
#include "control/store/project_work.h"
#include "control/store/projects.h"

namespace control::graphs {

using contracts::Json;
using contracts::ProjectStatus;
using contracts::text_at;

namespace {

// One transaction: an archived project gets no new work, so once nothing is open it stays so.
Result<Json> withdraw(const DeployPorts& ports, const Json& arguments) {
    const std::string project_id = text_at(arguments, "project_id");
    const std::string remover = text_at(arguments, "task_id");
    std::string open;
    const auto written = ports.database.transaction([&](Transaction& tx) -> Result<void> {
        // A cancelled flow may put its project's status back; the next call archives the project
        // again.
        if (auto archived = projects::set_status(tx, project_id, ProjectStatus::archived);
            !archived)
            return archived;
        if (auto done = project_work::cancel(tx, project_id, remover, ports.clock.now()); !done)
            return done;
        const auto work = project_work::count(tx, project_id, remover);
        if (!work) return work.fault();
        open = work->in_words();
        return {};
    });
    if (!written) return written.fault();
    return Json{{"open", std::move(open)}};
}

Result<std::int64_t> erase_secrets(Database& db, const std::string& project_id) {
    std::int64_t erased = 0;
    const auto written = db.transaction([&](Transaction& tx) -> Result<void> {
        erased = 0;
        const auto sealed = project_secrets::sealed_of(tx, project_id);
        if (!sealed) return sealed.fault();
        for (const auto& [name, value] : *sealed) {
            if (auto gone = project_secrets::erase(tx, project_id, name); !gone) return gone;
            ++erased;
        }
        return {};
    });
    if (!written) return written.fault();
    return erased;
}

// Returns why the repository could not be deleted; empty: it is deleted.
Result<std::string> delete_repository(const DeployPorts& ports, const std::string& repository) {
    const auto gone = ports.forge.delete_repository(repository);
    if (gone) return std::string();
    if (contracts::is_retryable(gone.error().kind)) return gone.fault();
    return gone.error().message;
}

Result<Json> forget(const DeployPorts& ports, const Json& arguments) {
    const std::string project_id = text_at(arguments, "project_id");
    const std::string repository = text_at(arguments, "repository");
    const auto project = projects::find(ports.database, project_id);
    if (!project) return project.fault();
    const auto erased = erase_secrets(ports.database, project_id);
    if (!erased) return erased.fault();
    Json left = Json::array();
    const auto head = ports.forge.head(repository, std::string(kDefaultBranch));
    if (!head && head.error().kind != ErrorKind::not_found) return head.fault();
    std::string kept;
    if (head || project->entity.repository_url)
        kept = "the repository " +
               project->entity.repository_url.value_or(ports.forge.location(repository));
    const bool is_to_go = arguments.value("with_repository", false);
    if (is_to_go) {
        const auto reason = delete_repository(ports, repository);
        if (!reason) return reason.fault();
        kept = reason->empty() ? std::string() : kept + " (" + *reason + ")";
    }
    const bool is_gone = is_to_go && kept.empty();
    if (!kept.empty()) left.push_back(std::move(kept));
    return Json{
        {"secrets_erased", *erased}, {"repository_deleted", is_gone}, {"left", std::move(left)}};
}

}  // namespace

CallHandlers removal_calls(DeployPorts ports) {
    const auto shared = std::make_shared<const DeployPorts>(std::move(ports));
    return {{"deploy.withdraw",
             [shared](const Json& arguments) {
                 return withdraw(*shared, arguments);
             }},
            {"deploy.forget", [shared](const Json& arguments) {
                 return forget(*shared, arguments);
             }}};
}

CallHandlers removal_call_names() {
    return {{"deploy.withdraw", nullptr}, {"deploy.forget", nullptr}};
}

}  // namespace control::graphs
