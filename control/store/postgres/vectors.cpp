#include "control/store/postgres/vectors.h"

#include "control/store/postgres/migrate.h"

#include <string>

namespace control {

namespace {

constexpr const char* kIsMissing =
    "SELECT to_regtype('vector') IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute WHERE "
    "attrelid = to_regclass('rag_chunks') AND attname = 'unit_vector' AND NOT attisdropped)";

// The inverse of vector_text: two bytes a number, in two's complement. 16,000 numbers are the most
// that pgvector takes; parts with longer vectors are not found. The search path is fixed so that a
// restored dump, which is read with an empty one, still finds the extension's type.
constexpr const char* kAdd = R"sql(
CREATE OR REPLACE FUNCTION vector_of_text(written TEXT) RETURNS vector
LANGUAGE sql IMMUTABLE STRICT SET search_path FROM CURRENT AS $$
    SELECT array_agg((CASE WHEN bits > 32767 THEN bits - 65536 ELSE bits END / 32767.0)::real
                     ORDER BY place)::vector
    FROM (SELECT decode(written, 'hex') AS bytes) AS packed,
         generate_series(0, length(written) / 4 - 1) AS place,
         LATERAL (SELECT get_byte(bytes, 2 * place) * 256 + get_byte(bytes, 2 * place + 1) AS bits)
             AS number
    WHERE length(written) <= 64000
$$;
ALTER TABLE rag_chunks ADD COLUMN IF NOT EXISTS unit_vector vector
    GENERATED ALWAYS AS (vector_of_text(vector)) STORED
)sql";

}  // namespace

Result<void> add_vectors(PostgresConnection& connection) {
    Result<Rows> missing = connection.query(kIsMissing, {});
    if (!missing) return missing.fault();
    if (missing->rows.at(0).integer(0) == 0) return {};
    Result<void> added = connection.script(std::string(kBeginMigration) + "; " + kAdd + "; COMMIT");
    if (!added) connection.roll_back();
    return added;
}

}  // namespace control
