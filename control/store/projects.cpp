#include "control/store/projects.h"

#include "control/store/state_machine.h"

namespace control::projects {

namespace {

constexpr EntityTable kTable{"projects", "project", "owner_id = ", "", "id = "};

using enum ProjectStatus;
// A project may begin with a repository of its own, so development need not pass through the
// scaffolder. `discovered` and `missing` are results of a look at the forge; an archived project
// may be resumed.
constexpr ProjectStatus kFromDraft[] = {scaffolding, scaffolded, developing, failed, archived};
constexpr ProjectStatus kFromScaffolding[] = {scaffolded, draft, failed, archived};
constexpr ProjectStatus kFromScaffolded[] = {developing, deploying, failed, archived, missing};
constexpr ProjectStatus kFromDeveloping[] = {testing, scaffolded, deploying, active,
                                             failed,  archived,   missing};
constexpr ProjectStatus kFromTesting[] = {developing, scaffolded, deploying, active,
                                          failed,     archived,   missing};
constexpr ProjectStatus kFromDeploying[] = {active, developing, failed, archived, missing};
constexpr ProjectStatus kFromActive[] = {developing, testing, deploying, failed, archived, missing};
constexpr ProjectStatus kFromFailed[] = {draft,     scaffolding, scaffolded, developing, testing,
                                         deploying, active,      archived,   missing};
constexpr ProjectStatus kFromArchived[] = {draft, scaffolded, active, missing};
constexpr ProjectStatus kFromDiscovered[] = {scaffolded, developing, deploying,
                                             active,     archived,   missing};
constexpr ProjectStatus kFromMissing[] = {discovered, draft, scaffolded, active, archived};

}  // namespace

Result<Page<Project>> list(Queries& db, const PageRequest& page) {
    return list_entities<Project>(db, kTable, page);
}

Result<Stored<Project>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<Project>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const Project& project, Timestamp now) {
    return insert_entity(db, kTable, project, {{"created_at", now.time_since_epoch().count()}});
}

Result<void> update(Queries& db, const Stored<Project>& project) {
    return update_entity(db, kTable, project);
}

Result<void> erase(Queries& db, const std::string& id) {
    Result<void> erased = rows::erase(db, kTable, id);
    if (!erased && erased.error().kind == ErrorKind::conflict)
        return fail(ErrorKind::conflict, "the project has tasks, ports or deployments", {},
                    "archive it instead");
    return erased;
}

std::span<const ProjectStatus> allowed_transitions(ProjectStatus from) {
    switch (from) {
        case draft:
            return kFromDraft;
        case scaffolding:
            return kFromScaffolding;
        case scaffolded:
            return kFromScaffolded;
        case developing:
            return kFromDeveloping;
        case testing:
            return kFromTesting;
        case deploying:
            return kFromDeploying;
        case active:
            return kFromActive;
        case failed:
            return kFromFailed;
        case archived:
            return kFromArchived;
        case discovered:
            return kFromDiscovered;
        case missing:
            return kFromMissing;
    }
    return {};
}

Result<void> set_status(Queries& db, const std::string& id, ProjectStatus status) {
    Result<Stored<Project>> project = find(db, id);
    if (!project) return project.fault();
    const ProjectStatus from = project->entity.status;
    if (from == status) return {};
    if (Result<void> checked = check_transition(from, status, allowed_transitions(from)); !checked)
        return checked;
    project->entity.status = status;
    return update(db, *project);
}

}  // namespace control::projects
