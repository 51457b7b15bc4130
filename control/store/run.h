// A statement whose rows are not read.
#pragma once

#include "control/store/database.h"

namespace control {

[[nodiscard]] inline Result<void> run(Queries& db, std::string_view sql,
                                      std::vector<Value> values) {
    Result<Rows> done = db.query(sql, std::move(values));
    if (!done) return done.fault();
    return {};
}

}  // namespace control
