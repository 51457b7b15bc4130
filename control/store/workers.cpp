#include "control/store/workers.h"

#include "contracts/fields/read.h"
#include "contracts/fields/write.h"
#include "control/store/run.h"
#include "control/store/tokens.h"

namespace control {

using contracts::Json;
using contracts::Timestamp;
using contracts::to_text;
using contracts::WorkerConfig;

namespace {

constexpr std::string_view kColumns =
    "id, request_id, state, config, context, slot, instance_id, created_at, ended_at, exit_code, "
    "error, delete_request_id, end_cause, owner, fencing, paused_at";
constexpr std::size_t kColumnCount = 16;
// Listed like every entity: with a version, and by the owner of the task's project.
constexpr EntityTable kTable{"(SELECT *, fencing AS version FROM workers) AS workers",
                             "worker",
                             "task_id IN (SELECT id FROM tasks WHERE project_id IN "
                             "(SELECT id FROM projects WHERE owner_id = ",
                             "))",
                             "task_id IN (SELECT id FROM tasks WHERE project_id = ",
                             ")"};

Columns listed_columns() {
    return {std::vector<std::string>(kColumnCount), std::string(kColumns)};
}

Value to_value(const std::optional<std::int64_t>& number) {
    return number ? Value(*number) : Value();
}

Value to_value(const std::optional<Timestamp>& time) {
    return time ? Value(time->time_since_epoch().count()) : Value();
}

Value to_value(const std::string& text) {
    return text.empty() ? Value() : Value(text);
}

Timestamp to_time(std::int64_t ms) {
    return Timestamp(std::chrono::milliseconds(ms));
}

Result<WorkerRow> read_row(const Row& row) {
    WorkerRow worker;
    worker.id = row.text(0);
    worker.request_id = row.text(1);
    const auto phase = contracts::parse_choice<WorkerPhase>(row.text(2));
    Result<WorkerConfig> config = contracts::parse_message<WorkerConfig>(row.text(3));
    Result<Json> context = contracts::parse_json(row.text(4));
    if (!phase || !config || !context)
        return fail(ErrorKind::fatal, "worker " + worker.id + " has a row that cannot be read");
    worker.phase = *phase;
    worker.config = std::move(*config);
    for (const auto& [key, value] : context->items())
        worker.context.emplace(key, value.get<std::string>());
    worker.slot = row.optional_integer(5);
    worker.instance_id = row.text(6);
    worker.created_at = to_time(row.integer(7));
    if (!row.is_null(8)) worker.ended_at = to_time(row.integer(8));
    worker.exit_code = row.optional_integer(9);
    worker.error = row.text(10);
    worker.delete_request_id = row.text(11);
    worker.cause = contracts::parse_choice<EndCause>(row.text(12));
    worker.owner = row.text(13);
    worker.fencing = row.integer(14);
    if (!row.is_null(15)) worker.paused_at = to_time(row.integer(15));
    return worker;
}

Result<std::vector<WorkerRow>> read_rows(Result<Rows> rows) {
    if (!rows) return rows.fault();
    std::vector<WorkerRow> workers;
    for (const Row& row : rows->rows) {
        Result<WorkerRow> worker = read_row(row);
        if (!worker) return worker.fault();
        workers.push_back(std::move(*worker));
    }
    return workers;
}

Result<std::optional<WorkerRow>> read_one(Result<Rows> rows) {
    Result<std::vector<WorkerRow>> workers = read_rows(std::move(rows));
    if (!workers) return workers.fault();
    if (workers->empty()) return std::optional<WorkerRow>();
    return std::optional<WorkerRow>(std::move(workers->front()));
}

}  // namespace

std::string WorkerRow::about(const std::string& key) const {
    const auto found = context.find(key);
    return found == context.end() ? std::string() : found->second;
}

namespace workers {

Result<bool> insert(Queries& db, const WorkerRow& worker) {
    Result<Rows> rows = db.query(
        "INSERT INTO workers (id, request_id, state, type, config, context, created_at, task_id, "
        "owner) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        {worker.id, worker.request_id, std::string(to_text(worker.phase)),
         std::string(to_text(worker.config.worker_type)), contracts::format_message(worker.config),
         contracts::dump_json(Json(worker.context)), worker.created_at.time_since_epoch().count(),
         to_value(worker.about("task_id")), to_value(worker.owner)});
    if (!rows) return rows.fault();
    return rows->changed == 1;
}

Result<std::optional<WorkerRow>> find(Queries& db, const std::string& id) {
    return read_one(
        db.query("SELECT " + std::string(kColumns) + " FROM workers WHERE id = $1", {id}));
}

Result<std::optional<WorkerRow>> find_request(Queries& db, const std::string& request_id) {
    return read_one(db.query(
        "SELECT " + std::string(kColumns) + " FROM workers WHERE request_id = $1", {request_id}));
}

Result<std::vector<WorkerRow>> in_phase(Queries& db, WorkerPhase phase) {
    return read_rows(db.query("SELECT " + std::string(kColumns) +
                                  " FROM workers WHERE state = $1 ORDER BY created_at, id",
                              {std::string(to_text(phase))}));
}

Result<std::vector<WorkerRow>> of_daemon(Queries& db, const std::string& owner, WorkerPhase phase) {
    return read_rows(
        db.query("SELECT " + std::string(kColumns) +
                     " FROM workers WHERE state = $1 AND owner = $2 ORDER BY created_at, id",
                 {std::string(to_text(phase)), owner}));
}

Result<Stored<WorkerRow>> find(Queries& db, const std::string& id, const Owner& owner) {
    Result<Row> row = rows::find(db, kTable, listed_columns(), id, owner);
    if (!row) return row.fault();
    Result<WorkerRow> worker = read_row(*row);
    if (!worker) return worker.fault();
    const std::int64_t version = worker->fencing;
    return Stored<WorkerRow>{*std::move(worker), version};
}

Result<Page<WorkerRow>> list(Queries& db, const PageRequest& request) {
    Result<rows::Listed> found = rows::list(db, kTable, listed_columns(), request);
    if (!found) return found.fault();
    Page<WorkerRow> page;
    page.next = std::move(found->next);
    for (const Row& row : found->rows) {
        Result<WorkerRow> worker = read_row(row);
        if (!worker) return worker.fault();
        const std::int64_t version = worker->fencing;
        page.items.push_back({*std::move(worker), version});
    }
    return page;
}

Result<void> update(Queries& db, const WorkerRow& worker) {
    if (worker.phase == WorkerPhase::ended || worker.phase == WorkerPhase::removed)
        if (Result<void> gone = tokens::erase_of_worker(db, worker.id); !gone) return gone;
    Result<Rows> written = db.query(
        "UPDATE workers SET state = $1, slot = $2, instance_id = $3, ended_at = $4, "
        "exit_code = $5, error = $6, delete_request_id = $7, end_cause = $8, owner = $9, "
        "fencing = fencing + 1 WHERE id = $10 AND fencing = $11",
        {std::string(to_text(worker.phase)), to_value(worker.slot), to_value(worker.instance_id),
         to_value(worker.ended_at), to_value(worker.exit_code), to_value(worker.error),
         to_value(worker.delete_request_id),
         worker.cause ? Value(std::string(to_text(*worker.cause))) : Value(),
         to_value(worker.owner), worker.id, worker.fencing});
    if (!written) return written.fault();
    if (written->changed == 1) return {};
    return fail(ErrorKind::conflict, "worker " + worker.id + " has changed meanwhile");
}

Result<void> keep_output(Queries& db, const std::string& id, std::string output) {
    return run(db, "UPDATE workers SET last_output = $1 WHERE id = $2", {std::move(output), id});
}

Result<std::optional<std::string>> last_output(Queries& db, const std::string& id) {
    Result<Rows> rows = db.query("SELECT last_output FROM workers WHERE id = $1", {id});
    if (!rows) return rows.fault();
    return rows->rows.empty() ? std::nullopt : rows->rows.front().optional_text(0);
}

Result<std::optional<std::int64_t>> free_slot(Queries& db, const std::string& owner,
                                              std::int64_t limit) {
    Result<Rows> rows = db.query(
        "SELECT slot FROM workers WHERE owner = $1 AND slot IS NOT NULL ORDER BY slot", {owner});
    if (!rows) return rows.fault();
    std::int64_t slot = 0;
    for (const Row& row : rows->rows) {
        if (row.integer(0) != slot) break;
        ++slot;
    }
    return slot < limit ? std::optional<std::int64_t>(slot) : std::nullopt;
}

Result<void> shift_times(Queries& db, const std::string& owner, std::chrono::milliseconds by) {
    const Value step(std::int64_t{by.count()});
    if (Result<void> shifted = run(
            db, "UPDATE workers SET created_at = created_at + $1 WHERE state = 'queued'", {step});
        !shifted)
        return shifted;
    return run(db,
               "UPDATE workers SET ended_at = ended_at + $1 WHERE state = 'ended' AND owner = $2",
               {step, owner});
}

Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit) {
    Result<Rows> rows = db.query(
        "DELETE FROM workers WHERE id IN (SELECT id FROM workers WHERE state = 'removed' AND "
        "created_at < $1 ORDER BY created_at LIMIT $2)",
        {cutoff.time_since_epoch().count(), Value(limit)});
    if (!rows) return rows.fault();
    return rows->changed;
}

Result<void> add_response(Queries& db, const std::string& owner, std::string_view stream,
                          std::string data) {
    return run(db, "INSERT INTO worker_responses (owner, stream, data) VALUES ($1, $2, $3)",
               {to_value(owner), std::string(stream), std::move(data)});
}

Result<std::vector<WorkerResponseRow>> responses(Queries& db, const std::string& owner, int limit) {
    Result<Rows> rows = db.query(
        "SELECT seq, stream, data FROM worker_responses WHERE owner = $1 OR owner IS NULL "
        "ORDER BY seq LIMIT $2",
        {owner, Value(limit)});
    if (!rows) return rows.fault();
    std::vector<WorkerResponseRow> found;
    for (const Row& row : rows->rows)
        found.push_back(WorkerResponseRow{row.integer(0), row.text(1), row.text(2)});
    return found;
}

Result<std::int64_t> hand_responses(Queries& db, const std::string& from, const std::string& to) {
    Result<Rows> handed =
        db.query("UPDATE worker_responses SET owner = $1 WHERE owner = $2", {to, from});
    if (!handed) return handed.fault();
    return handed->changed;
}

Result<void> erase_response(Queries& db, std::int64_t seq) {
    return run(db, "DELETE FROM worker_responses WHERE seq = $1", {seq});
}

}  // namespace workers
}  // namespace control
