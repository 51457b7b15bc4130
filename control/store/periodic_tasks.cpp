#include "control/store/periodic_tasks.h"

#include "control/store/run.h"

namespace control::periodic_tasks {

namespace {

constexpr std::string_view kSelect =
    "SELECT name, interval_ms, next_at, started_at, ended_at, daemon, outcome, error, runs, "
    "failures FROM periodic_tasks ";

std::int64_t ms_of(contracts::Timestamp time) {
    return time.time_since_epoch().count();
}

Value ms_of(const std::optional<contracts::Timestamp>& time) {
    return time ? Value(ms_of(*time)) : Value(std::monostate{});
}

std::optional<contracts::Timestamp> moment_at(const Row& row, std::size_t column) {
    const auto ms = row.optional_integer(column);
    if (!ms) return std::nullopt;
    return contracts::Timestamp(std::chrono::milliseconds(*ms));
}

PeriodicTaskRow task_of(const Row& row) {
    PeriodicTaskRow task;
    task.name = row.text(0);
    task.interval = std::chrono::milliseconds(row.integer(1));
    task.next_at = contracts::Timestamp(std::chrono::milliseconds(row.integer(2)));
    task.started_at = moment_at(row, 3);
    task.ended_at = moment_at(row, 4);
    task.daemon = row.text(5);
    task.outcome = row.text(6);
    task.error = row.text(7);
    task.runs = row.integer(8);
    task.failures = row.integer(9);
    return task;
}

Result<std::vector<PeriodicTaskRow>> tasks_where(Queries& db, std::string_view rest,
                                                 std::vector<Value> values) {
    Result<Rows> rows = db.query(std::string(kSelect).append(rest), std::move(values));
    if (!rows) return rows.fault();
    std::vector<PeriodicTaskRow> found;
    for (const Row& row : rows->rows)
        found.push_back(task_of(row));
    return found;
}

}  // namespace

Result<void> declare(Queries& db, const std::string& name, std::chrono::milliseconds interval,
                     contracts::Timestamp first, contracts::Timestamp now) {
    return run(db,
               "INSERT INTO periodic_tasks (name, interval_ms, next_at) VALUES ($1, $2, $3) "
               "ON CONFLICT (name) DO UPDATE SET interval_ms = excluded.interval_ms, "
               "next_at = CASE WHEN periodic_tasks.next_at > $4 THEN $4 "
               "ELSE periodic_tasks.next_at END",
               {name, std::int64_t{interval.count()}, ms_of(first), ms_of(now + interval)});
}

Result<std::vector<PeriodicTaskRow>> all(Queries& db) {
    return tasks_where(db, "ORDER BY name", {});
}

Result<std::optional<PeriodicTaskRow>> find(Queries& db, const std::string& name) {
    Result<std::vector<PeriodicTaskRow>> found = tasks_where(db, "WHERE name = $1", {name});
    if (!found) return found.fault();
    if (found->empty()) return std::nullopt;
    return std::move(found->front());
}

Result<void> run_now(Queries& db, const std::string& name, contracts::Timestamp now) {
    const auto due =
        db.query("UPDATE periodic_tasks SET next_at = $1 WHERE name = $2", {ms_of(now), name});
    if (!due) return due.fault();
    if (due->changed > 0) return {};
    std::string names;
    const auto known = all(db);
    if (!known) return known.fault();
    for (const PeriodicTaskRow& task : *known)
        names.append(names.empty() ? "" : ", ").append(task.name);
    return fail(ErrorKind::not_found, "there is no periodic task " + name, "name",
                names.empty() ? "start a daemon with the role scheduler" : "there are " + names);
}

Result<void> update(Queries& db, const PeriodicTaskRow& task) {
    return run(db,
               "UPDATE periodic_tasks SET next_at = $1, started_at = $2, ended_at = $3, "
               "daemon = $4, outcome = $5, error = $6, runs = $7, failures = $8 WHERE name = $9",
               {ms_of(task.next_at), ms_of(task.started_at), ms_of(task.ended_at), task.daemon,
                task.outcome, task.error, task.runs, task.failures, task.name});
}

}  // namespace control::periodic_tasks
