// The audit log: one row for each change that was made through the API. Rows are only added; a
// trigger of the store refuses to change one, and retention erases the old. Functions over Queries.
#pragma once

#include "control/store/entity_table.h"
#include "control/store/tokens.h"

namespace control {

struct AuditEntry {
    std::string id;
    std::string caller;  // "token 0a1b2c3d", "worker 5ec0ffee01234567", "local"
    TokenRole role = TokenRole::worker;
    std::optional<std::string> user_id{};  // the user for whom the caller acted
    std::string action;                    // "PATCH /api/tasks/{id}"
    std::optional<std::string> subject{};  // the id or name in the path, or of what was created
    std::optional<std::string> fields{};   // names of the body's fields, never their values
    contracts::Timestamp created_at{};
};
void visit_fields(AuditEntry& entry, contracts::FieldList& fields);

namespace audit_log {

// The newest first. Filters: caller, user_id, action, subject.
[[nodiscard]] Result<Page<AuditEntry>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<void> add(Queries& db, const AuditEntry& entry);
// Erases at most `limit` rows that are older; returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp older, int limit);

}  // namespace audit_log
}  // namespace control
