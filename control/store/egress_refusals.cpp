#include "control/store/egress_refusals.h"

#include "control/store/stored_time.h"

namespace control {

namespace {

constexpr contracts::Bounds kHost{1, 300};
constexpr contracts::Bounds kPort{0, 65'535};

}  // namespace

void visit_fields(EgressRefusal& refusal, contracts::FieldList& fields) {
    fields.required("id", refusal.id, contracts::kIdentifier);
    fields.required("worker_id", refusal.worker_id, contracts::kIdentifier);
    fields.optional("task_id", refusal.task_id, contracts::kIdentifier);
    fields.required("host", refusal.host, kHost);
    fields.required("port", refusal.port, kPort);
    fields.required("reason", refusal.reason, contracts::kShortText);
    fields.required("count", refusal.count, contracts::kNotNegative);
    fields.required("created_at", refusal.created_at);
    fields.required("last_at", refusal.last_at);
}

namespace egress_refusals {

namespace {

constexpr EntityTable kRefusals{"egress_refusals",
                                "refusal",
                                "task_id IN (SELECT id FROM tasks WHERE project_id IN "
                                "(SELECT id FROM projects WHERE owner_id = ",
                                "))",
                                "task_id IN (SELECT id FROM tasks WHERE project_id = ",
                                ")"};

}  // namespace

Result<Page<EgressRefusal>> list(Queries& db, const PageRequest& page) {
    return list_entities<EgressRefusal>(db, kRefusals, page);
}

Result<std::vector<EgressRefusal>> of_worker(Queries& db, const std::string& worker_id, int limit) {
    std::string sql("SELECT ");
    sql.append(columns_of<EgressRefusal>().listed)
        .append(" FROM egress_refusals WHERE worker_id = $1 ORDER BY last_at DESC, id LIMIT $2");
    Result<Rows> found = db.query(sql, {worker_id, std::int64_t{limit}});
    if (!found) return found.fault();
    std::vector<EgressRefusal> refusals;
    for (const Row& row : found->rows) {
        Result<EgressRefusal> refusal = read_row<EgressRefusal>(row);
        if (!refusal) return fail(std::move(refusal.error()).context(kRefusals.name));
        refusals.push_back(*std::move(refusal));
    }
    return refusals;
}

Result<bool> add(Queries& db, const EgressRefusal& refused) {
    const std::int64_t last = stored(refused.last_at);
    Result<Rows> counted = db.query(
        "UPDATE egress_refusals SET count = count + $1, reason = $2, last_at = $3, "
        "version = version + 1 WHERE worker_id = $4 AND host = $5 AND port = $6",
        {refused.count, refused.reason, last, refused.worker_id, refused.host, refused.port});
    if (!counted) return counted.fault();
    if (counted->changed > 0) return true;
    Result<Rows> worker = db.query(
        "SELECT task_id, (SELECT COUNT(*) FROM egress_refusals WHERE worker_id = $1) FROM workers "
        "WHERE id = $1",
        {refused.worker_id});
    if (!worker) return worker.fault();
    if (worker->rows.empty() || worker->rows.front().integer(1) >= kMostOfOneWorker) return false;
    EgressRefusal row = refused;
    row.task_id.reset();
    if (const Row& found = worker->rows.front(); !found.is_null(0)) row.task_id = found.text(0);
    if (row.task_id && row.task_id->empty()) row.task_id.reset();
    if (Result<void> inserted = insert_entity(db, kRefusals, row); !inserted)
        return inserted.fault();
    return true;
}

}  // namespace egress_refusals
}  // namespace control
