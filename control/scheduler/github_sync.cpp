#include "control/scheduler/github_sync.h"

#include "contracts/base/id.h"
#include "contracts/base/text.h"
#include "control/scheduler/admin_notice.h"
#include "control/store/incidents.h"
#include "control/store/projects.h"
#include "control/store/run.h"

#include <algorithm>
#include <map>

namespace control {

using contracts::IncidentType;
using contracts::Project;
using contracts::ProjectStatus;

namespace {

using CheckLead = std::function<Result<void>(Queries&)>;

constexpr const char* kSubject = "github";
constexpr std::size_t kLongestProjectName = 63;

// A repository's name as a project's: a-z 0-9 _ -, beginning with a letter.
std::string project_name_of(std::string_view full_name) {
    std::string name;
    for (char c : full_name.substr(full_name.find('/') + 1)) {
        c = contracts::lower_case(c);
        const bool is_plain =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        name += is_plain ? c : '-';
    }
    if (name.empty() || name.front() < 'a' || name.front() > 'z') name.insert(0, "r-");
    name.resize(std::min(name.size(), kLongestProjectName));
    return name;
}

// Of a repository's URL: GitHub ignores case and the ending ".git".
std::string address_of(std::string_view url) {
    if (url.ends_with('/')) url.remove_suffix(1);
    if (url.ends_with(".git")) url.remove_suffix(4);
    return contracts::lower_case(url);
}

class RepositoryRound {
public:
    RepositoryRound(const RepositoryNeeds& needs, const CheckLead& check_lead)
        : needs_(needs), check_lead_(check_lead) {}

    Result<RepositorySync> take(const std::vector<ListedRepository>& listed);
    Result<void> note_failure(const Error& error);

private:
    Result<void> write(const std::function<Result<void>(Transaction&)>& work) {
        return needs_.database.transaction([&](Transaction& tx) -> Result<void> {
            if (Result<void> leads = check_lead_(tx); !leads) return leads;
            return work(tx);
        });
    }
    Result<void> know_projects();
    [[nodiscard]] std::optional<Stored<Project>> project_of(const ListedRepository& one) const;
    Result<void> take_one(const ListedRepository& one);
    Result<void> discover(const ListedRepository& one);
    Result<void> keep(Stored<Project> project, const ListedRepository& one);
    Result<void> miss(const Stored<Project>& project);

    const RepositoryNeeds& needs_;
    const CheckLead& check_lead_;
    std::map<std::string, Stored<Project>> by_id_;    // of their repositories
    std::map<std::string, Stored<Project>> by_name_;  // "owner/name"; those without an id
    RepositorySync done_;
};

Result<void> RepositoryRound::note_failure(const Error& error) {
    return write([&](Transaction& tx) -> Result<void> {
        contracts::Incident incident;
        incident.severity = contracts::Severity::high;
        incident.type = IncidentType::provider_unavailable;
        incident.subject = kSubject;
        incident.title = "GitHub does not list the repositories of " + needs_.owner;
        incident.description = error.describe();
        const Result<bool> opened = incidents::open_once(tx, incident, needs_.clock.now());
        if (!opened) return opened.fault();
        if (!*opened) return {};
        return tell_admins(tx,
                           {.key = "github:" + contracts::make_uuid4(),
                            .text = incident.title + ": " + error.describe() +
                                    ". No project is changed meanwhile.",
                            .state = kSubject},
                           needs_.clock.now());
    });
}

Result<void> RepositoryRound::know_projects() {
    std::string cursor;
    do {
        Result<Page<Project>> page =
            projects::list(needs_.database, {.limit = kMaxPage, .cursor = cursor});
        if (!page) return page.fault();
        for (Stored<Project>& project : page->items) {
            if (project.entity.status == ProjectStatus::archived) continue;
            if (project.entity.github_repo_id)
                by_id_.emplace(*project.entity.github_repo_id, std::move(project));
            else
                by_name_.emplace(needs_.owner + '/' + needs_.repository_of(project.entity),
                                 std::move(project));
        }
        cursor = page->next;
    } while (!cursor.empty());
    return {};
}

std::optional<Stored<Project>> RepositoryRound::project_of(const ListedRepository& one) const {
    if (const auto known = by_id_.find(one.id); known != by_id_.end()) return known->second;
    if (const auto named = by_name_.find(one.full_name); named != by_name_.end())
        return named->second;
    const auto brought = std::ranges::find_if(by_name_, [&one](const auto& entry) {
        const auto& url = entry.second.entity.repository_url;
        return url && address_of(*url) == address_of(one.url);
    });
    return brought == by_name_.end() ? std::nullopt : std::optional(brought->second);
}

Result<void> RepositoryRound::discover(const ListedRepository& one) {
    Project project;
    project.id = contracts::make_uuid7(needs_.clock.now());
    project.name = project_name_of(one.full_name);
    project.status = ProjectStatus::discovered;
    project.repository_url = one.url;
    project.github_repo_id = one.id;
    Result<void> made =
        write([&](Transaction& tx) { return projects::insert(tx, project, needs_.clock.now()); });
    if (made) ++done_.discovered;
    return made;
}

Result<void> RepositoryRound::keep(Stored<Project> project, const ListedRepository& one) {
    const bool is_back = project.entity.status == ProjectStatus::missing;
    const bool is_new = project.entity.github_repo_id != one.id;
    bool changed = false;
    const Result<void> kept = write([&](Transaction& tx) -> Result<void> {
        const auto rows =
            tx.query("SELECT repository_missed, status_before_missing FROM projects WHERE id = $1",
                     {project.entity.id});
        if (!rows) return rows.fault();
        if (rows->rows.empty()) return {};
        const std::int64_t missed = rows->rows.front().integer(0);
        if (!is_back && !is_new && missed == 0) return {};
        Stored<Project> row = project;
        row.entity.github_repo_id = one.id;
        if (is_back) {
            const auto before = contracts::parse_choice<ProjectStatus>(rows->rows.front().text(1));
            const auto allowed = projects::allowed_transitions(ProjectStatus::missing);
            const bool fits = before && std::ranges::find(allowed, *before) != allowed.end();
            row.entity.status = fits ? *before : ProjectStatus::scaffolded;
        }
        if (is_back || is_new)
            if (Result<void> put = projects::update(tx, row); !put) return put;
        changed = true;
        return run(tx,
                   "UPDATE projects SET repository_missed = 0, status_before_missing = '' WHERE id "
                   "= $1",
                   {row.entity.id});
    });
    if (kept && changed && is_back) ++done_.came_back;
    return kept;
}

Result<void> RepositoryRound::miss(const Stored<Project>& project) {
    bool is_missing = false;
    const Result<void> written = write([&](Transaction& tx) -> Result<void> {
        const std::string& id = project.entity.id;
        const auto counted = tx.query(
            "UPDATE projects SET repository_missed = repository_missed + 1 WHERE id = $1 RETURNING "
            "repository_missed",
            {id});
        if (!counted) return counted.fault();
        const auto allowed = projects::allowed_transitions(project.entity.status);
        if (counted->rows.empty() ||
            counted->rows.front().integer(0) < kListsUntilRepositoryIsMissing ||
            project.entity.status == ProjectStatus::missing ||
            std::ranges::find(allowed, ProjectStatus::missing) == allowed.end())
            return {};
        Stored<Project> row = project;
        row.entity.status = ProjectStatus::missing;
        if (Result<void> put = projects::update(tx, row); !put) return put;
        if (Result<void> noted =
                run(tx, "UPDATE projects SET status_before_missing = $1 WHERE id = $2",
                    {std::string(contracts::to_text(project.entity.status)), id});
            !noted)
            return noted;
        is_missing = true;
        return tell_admins(
            tx,
            {.key = "repository:" + contracts::make_uuid4(),
             .text = "The repository of " + project.entity.name + " is no longer in " +
                     needs_.owner + " at GitHub. Restore it there, or archive the project " + id +
                     ".",
             .state = "repository:" + id},
            needs_.clock.now());
    });
    if (written && is_missing) ++done_.went_missing;
    return written;
}

Result<void> RepositoryRound::take_one(const ListedRepository& one) {
    std::optional<Stored<Project>> project = project_of(one);
    if (!project) return one.is_archived ? Result<void>() : discover(one);
    return keep(*std::move(project), one);
}

Result<RepositorySync> RepositoryRound::take(const std::vector<ListedRepository>& listed) {
    const Result<void> works = write([&](Transaction& tx) -> Result<void> {
        const auto over = incidents::resolve(tx, std::nullopt, IncidentType::provider_unavailable,
                                             kSubject, needs_.clock.now());
        return over ? Result<void>() : over.fault();
    });
    if (!works) return works.fault();
    if (Result<void> known = know_projects(); !known) return known.fault();
    for (const ListedRepository& one : listed) {
        Result<void> taken = take_one(one);
        // Somebody changed the project in the meantime: the next round looks at it again.
        if (!taken && taken.error().kind != ErrorKind::conflict) return taken.fault();
        by_id_.erase(one.id);
    }
    for (const auto& [id, project] : by_id_)
        if (Result<void> missed = miss(project);
            !missed && missed.error().kind != ErrorKind::conflict)
            return missed.fault();
    done_.listed = static_cast<std::int64_t>(listed.size());
    return done_;
}

}  // namespace

Result<RepositorySync> sync_repositories(const RepositoryNeeds& needs,
                                         const CheckLead& check_lead) {
    RepositoryRound round(needs, check_lead);
    const auto listed = needs.list();
    if (listed) return round.take(*listed);
    if (Result<void> noted = round.note_failure(listed.error()); !noted) return noted.fault();
    return fail(Error(listed.error()).context("no project is changed"));
}

PeriodicTask github_sync_task(RepositoryNeeds needs, contracts::Log log,
                              std::chrono::milliseconds interval) {
    return {.name = "github_sync",
            .interval = interval,
            .run_once = [needs = std::move(needs), log = std::move(log)](
                            const Lease& lease, const std::stop_token&) -> Result<PeriodicOutcome> {
                Result<RepositorySync> sync = sync_repositories(
                    needs, [&lease](Queries& queries) { return leases::check(queries, lease); });
                if (!sync) return sync.fault();
                if (sync->discovered + sync->went_missing + sync->came_back > 0)
                    log.info("the organisation's repositories have changed",
                             {{"discovered", sync->discovered},
                              {"missing", sync->went_missing},
                              {"back", sync->came_back}});
                return PeriodicOutcome{.text = std::to_string(sync->listed) +
                                               " repositories were listed, " +
                                               std::to_string(sync->discovered) + " are new, " +
                                               std::to_string(sync->went_missing) + " are missing"};
            }};
}

}  // namespace control
