#include "control/store/project_secrets.h"

namespace control::project_secrets {

namespace {

// Describes the secrets as lists need it: the name is the id, and there is no version.
constexpr EntityTable kListed{
    "(SELECT project_id, name, created_at, updated_at, name AS id, 1 AS version "
    "FROM project_secrets) AS listed",
    "secret",
    {},
    {},
    kNone};

Result<void> check_number(Queries& db, const std::string& project_id, const std::string& name) {
    Result<Rows> others =
        db.query("SELECT COUNT(*) FROM project_secrets WHERE project_id = $1 AND name <> $2",
                 {project_id, name});
    if (!others) return others.fault();
    if (others->rows.front().integer(0) < kMaxPerProject) return {};
    return fail(
        ErrorKind::conflict,
        "the project has " + std::to_string(kMaxPerProject) + " secrets, which is the maximum", {},
        "remove one that is not used");
}

}  // namespace

Result<void> put(Queries& db, const std::string& project_id, const std::string& name,
                 const std::string& sealed, Timestamp now) {
    if (Result<void> room = check_number(db, project_id, name); !room) return room;
    Result<Rows> done = db.query(
        "INSERT INTO project_secrets (project_id, name, sealed, created_at, updated_at) "
        "VALUES ($1, $2, $3, $4, $4) ON CONFLICT (project_id, name) DO UPDATE SET "
        "sealed = excluded.sealed, updated_at = excluded.updated_at",
        {project_id, name, sealed, std::int64_t{now.time_since_epoch().count()}});
    if (!done) return done.fault();
    return {};
}

Result<Page<ProjectSecret>> list(Queries& db, const std::string& project_id,
                                 const PageRequest& page) {
    PageRequest of_project{page.limit, page.cursor, {{"project_id", project_id}}};
    return list_entities<ProjectSecret>(db, kListed, of_project);
}

Result<void> erase(Queries& db, const std::string& project_id, const std::string& name) {
    Result<Rows> done = db.query("DELETE FROM project_secrets WHERE project_id = $1 AND name = $2",
                                 {project_id, name});
    if (!done) return done.fault();
    if (done->changed == 0)
        return fail(ErrorKind::not_found, "the project has no secret \"" + name + '"', "name");
    return {};
}

Result<std::map<std::string, std::string>> sealed_of(Queries& db, const std::string& project_id) {
    Result<Rows> found =
        db.query("SELECT name, sealed FROM project_secrets WHERE project_id = $1", {project_id});
    if (!found) return found.fault();
    std::map<std::string, std::string> sealed;
    for (const Row& row : found->rows)
        sealed.emplace(row.text(0), row.text(1));
    return sealed;
}

Result<std::optional<std::string>> find_check(Queries& db) {
    Result<Rows> found = db.query("SELECT sealed FROM secrets_check");
    if (!found) return found.fault();
    if (found->rows.empty()) return std::nullopt;
    return found->rows.front().text(0);
}

Result<void> put_check(Queries& db, const std::string& sealed) {
    Result<Rows> done =
        db.query("INSERT INTO secrets_check (one, sealed) VALUES (1, $1)", {sealed});
    if (!done) return done.fault();
    return {};
}

}  // namespace control::project_secrets
