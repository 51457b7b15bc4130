#include "control/redis/worker_logins.h"

#include "contracts/base/id.h"
#include "contracts/streams/connection.h"

namespace control {

using contracts::Connection;
using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Reply;
using contracts::ReplyView;
using contracts::Result;

namespace {

constexpr std::size_t kWorkerPasswordBytes = 32;

// ACL GETUSER answers [name, value, name, value …].
bool has_flag(ReplyView user, std::string_view flag) {
    for (std::size_t i = 0; i + 1 < user.size(); i += 2) {
        if (user[i].text() != "flags") continue;
        for (std::size_t j = 0; j < user[i + 1].size(); ++j)
            if (user[i + 1][j].text() == flag) return true;
    }
    return false;
}

// Every connection may RESET itself and is the default user afterwards.
Result<void> check_default_user(Connection& connection) {
    Result<Reply> user = connection.command({"ACL", "GETUSER", "default"});
    if (!user) {
        Error error = std::move(user.error()).context("read the rules of Redis' default user");
        if (contracts::is_retryable(error.kind)) return fail(std::move(error));
        error.field = "REDIS_URL";
        error.next_step = "use Redis 7 or later, as a user that may manage ACLs";
        return fail(std::move(error));
    }
    if (!has_flag(user->view(), "nopass") || !has_flag(user->view(), "on")) return {};
    return fail(ErrorKind::fatal, "Redis' default user needs no password: a worker could become it",
                "REDIS_URL", "set requirepass in the server's configuration and in REDIS_URL");
}

Result<void> make_user(Connection& connection, const WorkerAccess& access,
                       const std::string& password) {
    Result<std::vector<std::string>> rules = worker_acl(access);
    if (!rules) return rules.fault();
    contracts::OwnedCommand command{"ACL", "SETUSER", worker_user(access.worker_id)};
    command.insert(command.end(), rules->begin(), rules->end());
    command.push_back(">" + password);
    Result<Reply> made = connection.command(command);
    if (made) return {};
    if (made.error().kind != ErrorKind::invalid) return made.fault();
    return fail(ErrorKind::fatal, "Redis refuses a worker's access rules: " + made.error().message,
                "REDIS_URL", "use Redis 7 or later");
}

}  // namespace

Result<contracts::UniqueFd> WorkerLogins::dial_as_worker(const WorkerAccess& access) {
    const std::lock_guard lock(one_at_a_time_);
    Result<Connection> connection = Connection::dial(admin_);
    if (!connection) return connection.fault();
    const std::string user = worker_user(access.worker_id);
    const std::string password = contracts::random_hex(kWorkerPasswordBytes);
    if (auto checked = check_default_user(*connection); !checked) return checked.fault();
    if (auto made = make_user(*connection, access, password); !made) return made.fault();
    // The same connection changes its user, so that it stays in the database that it selected: a
    // worker may not SELECT.
    Result<Reply> became = connection->command({"AUTH", user, password});
    if (!became) return fail(std::move(became.error()).context("become " + user));
    return std::move(*connection).release();
}

Result<void> WorkerLogins::check() {
    Result<Connection> connection = Connection::dial(admin_);
    if (!connection) return connection.fault();
    return check_default_user(*connection);
}

Result<void> WorkerLogins::remove(std::string_view worker_id) {
    const std::lock_guard lock(one_at_a_time_);
    Result<Connection> connection = Connection::dial(admin_);
    if (!connection) return connection.fault();
    Result<Reply> removed = connection->command({"ACL", "DELUSER", worker_user(worker_id)});
    if (!removed) return removed.fault();
    return {};
}

}  // namespace control
