// What PostgreSQL's errors mean to the store: translated here and nowhere else.
#pragma once

#include "contracts/base/result.h"
#include "control/store/postgres/libpq.h"

namespace control {

// The whole transaction was rolled back because of others, or its wait for them has timed out, and
// it may be run again.
[[nodiscard]] bool is_rerun_state(std::string_view sqlstate);
// The server ends this connection.
[[nodiscard]] bool is_goodbye_state(std::string_view sqlstate);

// Of a result that is an error. A broken constraint's columns are the field, as SQLite names them:
// "tasks.id".
[[nodiscard]] contracts::Error error_of(const PGresult* result, std::string_view sql);

// The last thing a connection said, in one line.
[[nodiscard]] std::string last_words(PGconn* connection);

}  // namespace control
