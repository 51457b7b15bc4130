// Transitions between states that have names in messages.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/store/database.h"

#include <span>

namespace control {

// Keeping the status is always allowed, so that a second delivery is not an error. Any other status
// that is not among `allowed` is `conflict`, field "status", and the error names the allowed ones.
template <class Status>
[[nodiscard]] Result<void> check_transition(Status from, Status to,
                                            std::span<const Status> allowed) {
    if (from == to) return {};
    std::string names;
    for (const Status status : allowed) {
        if (status == to) return {};
        names.append(names.empty() ? "" : ", ").append(contracts::to_text(status));
    }
    return fail(ErrorKind::conflict,
                std::string("cannot go from ")
                    .append(contracts::to_text(from))
                    .append(" to ")
                    .append(contracts::to_text(to)),
                "status", names.empty() ? "it is final" : "allowed: " + names);
}

}  // namespace control
