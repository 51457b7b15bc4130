#include "control/store/audit_log.h"

namespace control {

void visit_fields(AuditEntry& entry, contracts::FieldList& fields) {
    fields.required("id", entry.id, contracts::kIdentifier);
    fields.required("caller", entry.caller, contracts::kShortText);
    fields.required("role", entry.role);
    fields.optional("user_id", entry.user_id, contracts::kShortText);
    fields.required("action", entry.action, contracts::kShortText);
    fields.optional("subject", entry.subject, contracts::kShortText);
    fields.optional("fields", entry.fields, contracts::kShortText);
    fields.required("created_at", entry.created_at);
}

namespace audit_log {

namespace {

// Only administrators see the log, whoever acted.
constexpr EntityTable kEntries{"audit_log", "entry of the audit log", "user_id = ", "",
                               "subject = "};

}  // namespace

Result<Page<AuditEntry>> list(Queries& db, const PageRequest& page) {
    return list_entities<AuditEntry>(db, kEntries, page);
}

Result<void> add(Queries& db, const AuditEntry& entry) {
    return insert_entity(db, kEntries, entry);
}

Result<std::int64_t> prune(Queries& db, contracts::Timestamp older, int limit) {
    Result<Rows> rows = db.query(
        "DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE created_at < "
        "$1 ORDER BY created_at, id LIMIT $2)",
        {std::int64_t{older.time_since_epoch().count()}, std::int64_t{limit}});
    if (!rows) return rows.fault();
    return rows->changed;
}

}  // namespace audit_log
}  // namespace control
