#include "control/api/operators.h"

namespace control {

Result<void> check_operator(const Caller& caller) {
    if (caller.is_admin()) return {};
    if (caller.user_id.empty() && caller.worker_id.empty() && !caller.project_id) return {};
    return fail(ErrorKind::permission, "servers are not changed in a user's name", {},
                "ask an administrator, or use a key of an administrator's without a user");
}

}  // namespace control
