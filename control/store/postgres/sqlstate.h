// The meaning of PostgreSQL's errors for the store: translated here and nowhere else.
#pragma once

#include "contracts/base/result.h"
#include "control/store/postgres/libpq.h"

namespace control {

// The whole transaction was rolled back in favour of others, or its wait for them has timed out; it
// may be run again.
[[nodiscard]] bool is_rerun_state(std::string_view sqlstate);
// The server ends this connection.
[[nodiscard]] bool is_goodbye_state(std::string_view sqlstate);

// For a result that is an error. The columns of a broken constraint become the field, with SQLite's
// spelling: "tasks.id".
[[nodiscard]] contracts::Error error_of(const PGresult* result, std::string_view sql);

// The connection's last message, in one line.
[[nodiscard]] std::string last_words(PGconn* connection);

}  // namespace control
