#include "control/api/keys.h"

#include "contracts/base/id.h"
#include "contracts/entities/keys.h"
#include "contracts/fields/shape.h"
#include "control/api/assign.h"
#include "control/store/projects.h"
#include "control/store/users.h"
#include "control/store/workers.h"

namespace control {

using contracts::AllowedCommands;
using contracts::FieldList;
using contracts::kCatalogName;
using contracts::kScopes;
using contracts::Timestamp;

void visit_fields(NewApiKey& row, FieldList& fields) {
    fields.required("name", row.name, kCatalogName);
    fields.required("scopes", row.scopes, kScopes);
    fields.optional("user_id", row.user_id, contracts::kIdentifier);
    fields.optional("project_id", row.project_id, contracts::kIdentifier);
    fields.optional("worker_id", row.worker_id, contracts::kIdentifier);
    fields.defaulted("speaks_for_users", row.speaks_for_users);
    fields.optional("expires_in", row.expires_in, contracts::kKeySeconds);
    fields.optional("expires_at", row.expires_at);
}

void visit_fields(ApiKeyChange& change, FieldList& fields) {
    fields.optional("name", change.name, kCatalogName);
    fields.optional("scopes", change.scopes, kScopes);
    fields.optional("revoked", change.revoked);
}

namespace {

Result<void> check_scopes(const std::vector<std::string>& scopes) {
    for (std::size_t i = 0; i < scopes.size(); ++i) {
        Result<AllowedCommands> parsed = AllowedCommands::parse(scopes[i]);
        if (parsed && scopes[i].find(',') == std::string::npos) continue;
        return fail(ErrorKind::invalid,
                    "must be a command pattern, not " + contracts::shape_of_text(scopes[i]),
                    "scopes[" + std::to_string(i) + ']', "write <group>.<command>, <group>.* or *");
    }
    return {};
}

Result<void> check_covered(const AllowedCommands& limit, const std::vector<std::string>& scopes) {
    for (const std::string& scope : contracts::expand_profiles(scopes)) {
        Result<void> covered = limit.check(scope);
        if (covered) continue;
        covered.error().field = "scopes";
        return covered;
    }
    return {};
}

// A worker's keys end with it, so the worker must be running.
Result<void> check_worker_lives(Queries& db, const std::string& worker_id) {
    if (worker_id.empty()) return {};
    Result<std::optional<WorkerRow>> worker = workers::find(db, worker_id);
    if (!worker) return worker.fault();
    if (*worker && (*worker)->phase == WorkerPhase::running) return {};
    return fail(ErrorKind::permission, "the worker is not running");
}

Result<void> check_project(Queries& db, const Caller& caller,
                           const std::optional<std::string>& project_id) {
    if (!project_id || project_id == caller.project_id) return {};
    Result<Stored<contracts::Project>> project = projects::find(db, *project_id, caller.owner());
    if (project) return {};
    project.error().field = "project_id";
    return project.fault();
}

// When the key expires; absent: never.
Result<std::optional<Timestamp>> expiry_of(const Caller& caller, const NewApiKey& body,
                                           Timestamp now) {
    const std::optional<Timestamp> last =
        caller.is_admin() ? std::optional<Timestamp>() : caller.expires_at;
    if (!body.expires_in && !body.expires_at) return last;
    const char* const field = body.expires_in ? "expires_in" : "expires_at";
    if (body.expires_in && body.expires_at)
        return fail(ErrorKind::invalid, "cannot be given together with expires_at", field,
                    "send only one of them");
    const Timestamp end =
        body.expires_in ? now + std::chrono::seconds(*body.expires_in) : *body.expires_at;
    if (end <= now) return fail(ErrorKind::invalid, "must be in the future", field);
    if (!last || end <= *last) return end;
    return fail(ErrorKind::permission, "is later than the end of your own token", field,
                "choose a time before " + contracts::format_timestamp(*last));
}

Result<void> check_user(Queries& db, const Caller& caller,
                        const std::optional<std::string>& user_id) {
    if (!user_id || *user_id == caller.user_id) return {};
    if (!caller.sees_all_rows)
        return fail(ErrorKind::permission, "belongs to another user", "user_id", "leave it out");
    Result<Stored<contracts::User>> user = users::find(db, *user_id);
    if (user) return {};
    user.error().field = "user_id";
    return user.fault();
}

// A worker's token calls models at the worker's cost, and acts for its user: an administrator
// creates it for a worker that cannot reach the daemon's sockets. Its user and project are those of
// the worker.
Result<void> bind_to_worker(Queries& db, const Caller& caller, NewApiKey& body) {
    if (!body.worker_id) return {};
    if (!caller.is_admin())
        return fail(ErrorKind::permission, "only an administrator's token may name a worker",
                    "worker_id", "leave it out: a worker's own tokens are the worker's");
    for (const auto& [field, given] : {std::pair("user_id", body.user_id.has_value()),
                                       std::pair("project_id", body.project_id.has_value()),
                                       std::pair("speaks_for_users", body.speaks_for_users)})
        if (given)
            return fail(ErrorKind::invalid, "cannot be given together with worker_id", field,
                        "leave one of them out");
    Result<std::optional<WorkerRow>> worker = workers::find(db, *body.worker_id);
    if (!worker) return worker.fault();
    if (!*worker)
        return fail(ErrorKind::not_found, "there is no such worker", "worker_id",
                    "orchestrator worker list shows them");
    if ((*worker)->phase != WorkerPhase::running)
        return fail(ErrorKind::conflict, "the worker is not running", "worker_id",
                    "orchestrator worker list --state running shows those that are");
    if (std::string user = (*worker)->about("user_id"); !user.empty())
        body.user_id = std::move(user);
    if (std::string project = (*worker)->about("project_id"); !project.empty())
        body.project_id = std::move(project);
    return {};
}

// A key that speaks for users acts as whatever user it names: only an administrator creates one,
// and it belongs to nobody.
Result<void> check_speaker(const Caller& caller, const NewApiKey& body) {
    if (!body.speaks_for_users) return {};
    if (!caller.is_admin())
        return fail(ErrorKind::permission, "only an administrator may create such a key",
                    "speaks_for_users", "leave it out");
    // Such a key can read and add users whatever its scopes are: a project would not limit that.
    for (const auto& [field, given] : {std::pair("user_id", body.user_id.has_value()),
                                       std::pair("project_id", body.project_id.has_value())})
        if (given)
            return fail(ErrorKind::invalid, "cannot be given together with speaks_for_users", field,
                        "send only one of them");
    return {};
}

// A key may do what its creator may; all of it is checked before anything is created.
Result<void> check_within(Queries& db, const Caller& caller, const NewApiKey& body) {
    if (Result<void> sound = check_scopes(body.scopes); !sound) return sound;
    if (!caller.is_admin())
        if (Result<void> covered = check_covered(caller.allowed, body.scopes); !covered)
            return covered;
    Result<void> sound;
    if (!caller.sees_all_rows) sound = caller.check_owner();
    if (sound) sound = check_speaker(caller, body);
    if (sound) sound = check_user(db, caller, body.user_id);
    if (sound) sound = check_project(db, caller, body.project_id);
    if (sound) sound = check_worker_lives(db, caller.worker_id);
    return sound;
}

// A key that was created with another one stays within its limits, whoever changes it.
Result<void> check_new_scopes(Queries& db, const std::string& id,
                              const std::vector<std::string>& scopes) {
    if (Result<void> sound = check_scopes(scopes); !sound) return sound;
    Result<std::optional<Token>> token = tokens::find_of_key(db, id);
    if (!token) return token.fault();
    if (!*token || !(*token)->parent) return {};
    Result<std::optional<Token>> upper = tokens::find(db, *(*token)->parent);
    if (!upper) return upper.fault();
    if (!*upper) return {};
    return check_covered(AllowedCommands(contracts::expand_profiles((*upper)->scopes)), scopes);
}

api_keys::Maker maker_of(const Caller& caller, const contracts::ApiKey& key,
                         const std::optional<std::string>& worker_id) {
    api_keys::Maker maker{.name = caller.name};
    if (worker_id)
        maker = {caller.name, TokenRole::worker, *worker_id, {}, {}};
    else if (!caller.worker_id.empty())
        maker = {caller.name, TokenRole::worker, caller.worker_id, {}, {}};
    else if (key.user_id)
        maker.role = TokenRole::user;
    if (caller.is_admin()) return maker;
    if (!caller.token.empty()) maker.token = caller.token;
    maker.account = caller.charged();
    return maker;
}

}  // namespace

Result<contracts::CreatedApiKey> ApiKeyResource::make(Queries& db, const Caller& caller, New&& body,
                                                      Timestamp now) {
    if (Result<void> within = check_within(db, caller, body); !within) return within.fault();
    if (Result<void> bound = bind_to_worker(db, caller, body); !bound) return bound.fault();
    Result<std::optional<Timestamp>> end = expiry_of(caller, body, now);
    if (!end) return end.fault();
    contracts::CreatedApiKey made;
    made.id = contracts::make_uuid7(now);
    made.name = std::move(body.name);
    made.scopes = std::move(body.scopes);
    made.user_id = std::move(body.user_id);
    if (!made.user_id && !caller.sees_all_rows) made.user_id = caller.user_id;
    made.project_id = body.project_id ? body.project_id : caller.project_id;
    made.speaks_for_users = body.speaks_for_users;
    made.expires_at = *end;
    made.created_at = now;
    Result<std::string> text = api_keys::insert(db, made, maker_of(caller, made, body.worker_id));
    if (!text) return text.fault();
    made.key = *std::move(text);
    return made;
}

Result<void> ApiKeyResource::change(Queries& db, const Caller& caller, Entity& row, Change&& change,
                                    Timestamp now) {
    if (!caller.is_admin() && (change.name || change.scopes))
        return fail(ErrorKind::permission, "you may only revoke this key",
                    change.name ? "name" : "scopes", R"(send {"revoked": true})");
    if (change.scopes)
        if (Result<void> sound = check_new_scopes(db, row.id, *change.scopes); !sound) return sound;
    if (change.revoked && !*change.revoked && row.revoked_at)
        return fail(ErrorKind::conflict, "a revoked key stays revoked", "revoked",
                    "create another key");
    if (change.revoked && *change.revoked && !row.revoked_at) row.revoked_at = now;
    assign(row.name, std::move(change.name));
    assign(row.scopes, std::move(change.scopes));
    return {};
}

}  // namespace control
