#include "control/store/daemons.h"

#include "contracts/base/text.h"
#include "contracts/streams/names.h"
#include "control/store/run.h"

#include <algorithm>

namespace control {

namespace {

namespace names = contracts::names;

struct Duty {
    std::string_view work;
    std::string_view role;
};

// Streams whose entries would wait unnoticed without a reader.
constexpr Duty kStreams[] = {
    {names::kEngineeringQueue, "graphs"}, {names::kDeployQueue, "graphs"},
    {names::kProvisionerQueue, "graphs"}, {names::kGraphCommands, "graphs"},
    {names::kWorkerCommands, "workers"},
};

// By the prefixes of the calls.
constexpr Duty kCalls[] = {
    {"forge.", "graphs"},    {"task.", "graphs"},     {"templates.", "scaffolder"},
    {"deploy.", "deployer"}, {"provision.", "infra"},
};

std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        parts.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

contracts::Timestamp moment_of(std::int64_t ms) {
    return contracts::Timestamp(std::chrono::milliseconds(ms));
}

constexpr std::string_view kDaemonColumns =
    "name, host, roles, streams, calls, started_at, seen_at, ended_at, forgotten_at";

DaemonRow daemon_of(const Row& row) {
    DaemonRow daemon;
    daemon.name = row.text(0);
    daemon.host = row.text(1);
    daemon.roles = parts_of(row.text(2));
    daemon.streams = parts_of(row.text(3));
    daemon.calls = parts_of(row.text(4));
    daemon.started_at = moment_of(row.integer(5));
    daemon.seen_at = moment_of(row.integer(6));
    if (const auto ended = row.optional_integer(7)) daemon.ended_at = moment_of(*ended);
    if (const auto forgotten = row.optional_integer(8)) daemon.forgotten_at = moment_of(*forgotten);
    return daemon;
}

// The names of the calls that wait in the outbox, without duplicates.
Result<std::vector<std::string>> waiting_calls(Queries& db) {
    Result<Rows> rows = db.query(
        "SELECT DISTINCT target FROM thread_outbox WHERE kind = 'call' ORDER BY target LIMIT 100");
    if (!rows) return rows.fault();
    std::vector<std::string> calls;
    for (const Row& row : rows->rows)
        calls.push_back(row.text(0));
    return calls;
}

std::string role_of_call(std::string_view call) {
    for (const Duty& duty : kCalls)
        if (call.starts_with(duty.work)) return std::string(duty.role);
    return {};
}

}  // namespace

namespace daemons {

bool is_alive(const DaemonRow& daemon, contracts::Timestamp now) {
    return !daemon.ended_at && daemon.seen_at > now - kSilence;
}

Result<void> announce(Queries& db, const DaemonRow& daemon) {
    return run(db,
               "INSERT INTO daemons (name, host, roles, streams, calls, started_at, seen_at, "
               "ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL) "
               "ON CONFLICT (name) DO UPDATE SET host = excluded.host, roles = excluded.roles, "
               "streams = excluded.streams, calls = excluded.calls, "
               "started_at = excluded.started_at, seen_at = excluded.seen_at, ended_at = NULL, "
               "forgotten_at = NULL",
               {daemon.name, daemon.host, contracts::joined(daemon.roles, ","),
                contracts::joined(daemon.streams, ","), contracts::joined(daemon.calls, ","),
                std::int64_t{daemon.started_at.time_since_epoch().count()},
                std::int64_t{daemon.seen_at.time_since_epoch().count()}});
}

Result<void> leave(Queries& db, const std::string& name, contracts::Timestamp now) {
    return run(db, "UPDATE daemons SET ended_at = $1 WHERE name = $2",
               {std::int64_t{now.time_since_epoch().count()}, name});
}

Result<std::vector<DaemonRow>> all(Queries& db) {
    Result<Rows> rows =
        db.query("SELECT " + std::string(kDaemonColumns) + " FROM daemons ORDER BY name");
    if (!rows) return rows.fault();
    std::vector<DaemonRow> found;
    for (const Row& row : rows->rows)
        found.push_back(daemon_of(row));
    return found;
}

Result<std::optional<DaemonRow>> find(Queries& db, const std::string& name) {
    Result<Rows> rows =
        db.query("SELECT " + std::string(kDaemonColumns) + " FROM daemons WHERE name = $1", {name});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return std::optional<DaemonRow>();
    return std::optional(daemon_of(rows->rows.front()));
}

Result<void> forget(Queries& db, const std::string& name, contracts::Timestamp now) {
    Result<std::optional<DaemonRow>> daemon = find(db, name);
    if (!daemon) return daemon.fault();
    if (!*daemon) return fail(ErrorKind::not_found, "there is no daemon " + name);
    if (is_alive(**daemon, now))
        return fail(ErrorKind::conflict, "daemon " + name + " is alive", {},
                    "stop it first; it counts as gone " + std::to_string(kSilence.count()) +
                        " s after it was last seen");
    return run(db, "UPDATE daemons SET forgotten_at = $1 WHERE name = $2 AND forgotten_at IS NULL",
               {std::int64_t{now.time_since_epoch().count()}, name});
}

Result<std::vector<WaitingWork>> work(Queries& db, contracts::Timestamp now) {
    Result<std::vector<DaemonRow>> known = all(db);
    if (!known) return known.fault();
    std::erase_if(*known, [&](const DaemonRow& daemon) { return !is_alive(daemon, now); });
    Result<std::vector<std::string>> calls = waiting_calls(db);
    if (!calls) return calls.fault();
    std::vector<WaitingWork> found;
    for (const Duty& stream : kStreams) {
        WaitingWork one{std::string(stream.work), std::string(stream.role), {}};
        for (const DaemonRow& daemon : *known)
            if (std::ranges::find(daemon.streams, one.name) != daemon.streams.end())
                one.picked_up_by.push_back(daemon.name);
        found.push_back(std::move(one));
    }
    for (const std::string& call : *calls) {
        WaitingWork one{call, role_of_call(call), {}};
        const auto executes = [&](const std::string& prefix) {
            return call.starts_with(prefix);
        };
        for (const DaemonRow& daemon : *known)
            if (std::ranges::any_of(daemon.calls, executes))
                one.picked_up_by.push_back(daemon.name);
        found.push_back(std::move(one));
    }
    return found;
}

std::string unread(const WaitingWork& work) {
    const bool is_stream = work.name.find(':') != std::string::npos;
    return (is_stream ? "no daemon reads " : "no daemon executes ") + work.name;
}

std::string mend(const WaitingWork& work) {
    if (work.role.empty()) return "start a daemon that does";
    return "start a daemon with the role " + work.role;
}

Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit) {
    Result<Rows> gone = db.query(
        "DELETE FROM daemons WHERE name IN (SELECT name FROM daemons WHERE seen_at < $1 "
        "AND name NOT IN (SELECT owner FROM workers WHERE owner IS NOT NULL AND "
        "state <> 'removed') ORDER BY seen_at, name LIMIT $2)",
        {std::int64_t{cutoff.time_since_epoch().count()}, std::int64_t{limit}});
    if (!gone) return gone.fault();
    return gone->changed;
}

}  // namespace daemons
}  // namespace control
