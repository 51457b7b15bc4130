// The vectors of documents' parts as the extension pgvector stores them, where the database has it.
//
// A column beside the texts (vector_text.h) is computed by the server, so writers do not know of
// it. Without the extension there is no column, and searches compare the texts themselves.
#pragma once

#include "control/store/postgres/connection.h"

namespace control {

// Adds the column if the extension's type is on the search path and the column is missing: the
// extension may be installed at any time before a start. With many parts this takes a while, once.
[[nodiscard]] Result<void> add_vectors(PostgresConnection& connection);

}  // namespace control
