// The audit log as the API writes and shows it.
#pragma once

#include "control/api/exchange.h"
#include "control/store/audit_log.h"

namespace control {

struct AuditResource {
    using Entity = AuditEntry;
    static constexpr auto list = &audit_log::list;
};

// The entry for a change that `exchange` asks for. Its subject is known only with the answer.
[[nodiscard]] AuditEntry audit_entry(const Exchange& exchange);
// The subject of the change: the id or name in the path, or the id of what `answer` created.
[[nodiscard]] std::optional<std::string> audit_subject(const Exchange& exchange,
                                                       const HttpResponse& answer);

}  // namespace control
