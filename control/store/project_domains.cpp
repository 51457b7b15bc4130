#include "control/store/project_domains.h"

#include "control/store/run.h"
#include "control/store/stored_time.h"

#include <algorithm>

namespace control::project_domains {

using contracts::Timestamp;

namespace {

constexpr std::string_view kStateNames[] = {"waiting", "leading", "live"};
constexpr const char* kDomainColumns =
    "SELECT domain, project_id, is_own, state, reason, since, looked_at FROM project_domains ";

Result<std::vector<Domain>> read_domains(const Result<Rows>& rows) {
    if (!rows) return rows.fault();
    std::vector<Domain> domains;
    for (const Row& row : rows->rows) {
        const auto state = std::ranges::find(kStateNames, row.text(3));
        domains.push_back({.domain = row.text(0),
                           .project_id = row.text(1),
                           .is_own = row.integer(2) != 0,
                           .state = state == std::end(kStateNames)
                                        ? State::waiting
                                        : static_cast<State>(state - std::begin(kStateNames)),
                           .reason = row.text(4),
                           .since = time_of(row.integer(5)),
                           .looked_at = time_of(row.integer(6))});
    }
    return domains;
}

Result<void> check_room(Queries& db, const std::string& project_id) {
    const auto rows = db.query(
        "SELECT COUNT(*) FROM project_domains WHERE project_id = $1 AND is_own = 1", {project_id});
    if (!rows) return rows.fault();
    if (rows->rows.front().integer(0) < kMostOwn) return {};
    return fail(ErrorKind::conflict,
                "the project has " + std::to_string(kMostOwn) + " domains, and cannot have more",
                "domain", "remove one that is not used");
}

}  // namespace

std::string_view name_of(State state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

Result<std::vector<Domain>> all(Queries& db) {
    return read_domains(db.query(std::string(kDomainColumns) + "ORDER BY domain"));
}

Result<std::vector<Domain>> of_project(Queries& db, const std::string& project_id) {
    return read_domains(db.query(
        std::string(kDomainColumns) + "WHERE project_id = $1 ORDER BY domain", {project_id}));
}

Result<std::string> live_name(Queries& db, const std::string& project_id) {
    const auto names = of_project(db, project_id);
    if (!names) return names.fault();
    return live_name(*names, project_id);
}

std::string live_name(const std::vector<Domain>& names, const std::string& project_id) {
    const Domain* best = nullptr;
    for (const Domain& name : names)
        if (name.project_id == project_id && name.state == State::live &&
            (best == nullptr || (name.is_own && !best->is_own)))
            best = &name;
    return best == nullptr ? std::string() : best->domain;
}

Result<void> add(Queries& db, const std::string& domain, const std::string& project_id, bool is_own,
                 Timestamp now) {
    const auto known =
        db.query("SELECT project_id FROM project_domains WHERE domain = $1", {domain});
    if (!known) return known.fault();
    if (!known->rows.empty() && known->rows.front().text(0) == project_id) return {};
    if (!known->rows.empty())
        return fail(ErrorKind::conflict, "leads to another project", "domain",
                    "choose another name");
    if (is_own)
        if (Result<void> room = check_room(db, project_id); !room) return room;
    const std::int64_t at = now.time_since_epoch().count();
    return run(db,
               "INSERT INTO project_domains (domain, project_id, is_own, state, since, created_at) "
               "VALUES ($1, $2, $3, $4, $5, $5)",
               {domain, project_id, std::int64_t{is_own},
                std::string(name_of(is_own ? State::waiting : State::leading)), at});
}

Result<void> remove_given(Queries& db, const std::string& project_id) {
    return run(db, "DELETE FROM project_domains WHERE project_id = $1 AND is_own = 0",
               {project_id});
}

Result<void> remove_own(Queries& db, const std::string& domain, const std::string& project_id) {
    const auto gone =
        db.query("DELETE FROM project_domains WHERE domain = $1 AND project_id = $2 AND is_own = 1",
                 {domain, project_id});
    if (!gone) return gone.fault();
    if (gone->changed > 0) return {};
    return fail(ErrorKind::not_found, "the project has no domain \"" + domain + "\" of its own",
                "domain");
}

Result<void> note(Queries& db, const std::string& domain, State state, const std::string& reason,
                  Timestamp now) {
    return run(db,
               "UPDATE project_domains SET since = CASE WHEN state = $1 THEN since ELSE $2 END, "
               "state = $1, reason = $3, looked_at = $2 WHERE domain = $4",
               {std::string(name_of(state)), std::int64_t{now.time_since_epoch().count()}, reason,
                domain});
}

}  // namespace control::project_domains
