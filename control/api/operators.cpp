#include "control/api/operators.h"

namespace control {

Result<void> check_operator(const Caller& caller) {
    if (caller.is_admin()) return {};
    if (caller.user_id.empty() && caller.worker_id.empty() && !caller.project_id) return {};
    return fail(ErrorKind::permission, "servers cannot be changed in a user's name", {},
                "ask an administrator, or use an administrator's key without a user");
}

}  // namespace control
