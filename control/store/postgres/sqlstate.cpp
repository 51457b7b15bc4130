#include "control/store/postgres/sqlstate.h"

namespace control {

using contracts::Error;
using contracts::ErrorKind;

namespace {

std::string field_of(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string() : std::string(text);
}

std::string in_one_line(std::string text) {
    for (char& c : text)
        if (c == '\n' || c == '\t') c = ' ';
    while (text.ends_with(' '))
        text.pop_back();
    return text;
}

ErrorKind kind_of(std::string_view state) {
    if (state.starts_with("23")) return ErrorKind::conflict;
    if (state.starts_with("22")) return ErrorKind::invalid;  // a value that its column cannot hold
    // Lost connections, rollbacks, resources, operators' interventions, system errors; locks.
    for (const std::string_view prefix : {"08", "40", "53", "57", "58", "55P03", "55006"})
        if (state.starts_with(prefix)) return ErrorKind::transient;
    // A statement that was prepared before the schema changed.
    if (state == "0A000" || state == "26000") return ErrorKind::transient;
    return ErrorKind::fatal;
}

// The detail "Key (a, b)=(1, 2) already exists." → "table.a, table.b".
std::string columns_of_key(const std::string& table, const std::string& detail) {
    const std::size_t begin = detail.find('(');
    const std::size_t end = detail.find(")=(");
    if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
    std::string columns;
    std::string_view names = std::string_view(detail).substr(begin + 1, end - begin - 1);
    while (!names.empty()) {
        const std::size_t comma = std::min(names.find(", "), names.size());
        columns.append(columns.empty() ? "" : ", ").append(table).append(".");
        columns.append(names.substr(0, comma));
        names.remove_prefix(std::min(comma + 2, names.size()));
    }
    return columns;
}

std::string constraint_columns(const PGresult* result, std::string_view state) {
    const std::string table = field_of(result, PG_DIAG_TABLE_NAME);
    if (state == "23505") return columns_of_key(table, field_of(result, PG_DIAG_MESSAGE_DETAIL));
    if (state == "23502") return table + '.' + field_of(result, PG_DIAG_COLUMN_NAME);
    if (state == "23514") return field_of(result, PG_DIAG_CONSTRAINT_NAME);
    return {};  // SQLite does not report the columns of a foreign key
}

}  // namespace

bool is_rerun_state(std::string_view state) {
    return state == "40001" || state == "40P01" || state == "55P03" || state == "0A000" ||
           state == "26000";
}

bool is_goodbye_state(std::string_view state) {
    return state.starts_with("08") || state == "57P01" || state == "57P02" || state == "57P03" ||
           state == "57P05" || state == "25P03";
}

Error error_of(const PGresult* result, std::string_view sql) {
    const std::string state = field_of(result, PG_DIAG_SQLSTATE);
    Error error{kind_of(state), in_one_line(field_of(result, PG_DIAG_MESSAGE_PRIMARY))};
    if (error.message.empty()) error.message = in_one_line(PQresultErrorMessage(result));
    if (error.kind == ErrorKind::conflict) error.field = constraint_columns(result, state);
    if (state == "23505") error.code = contracts::ErrorCode::not_unique;
    if (error.kind == ErrorKind::fatal) error.message.append(": ").append(sql.substr(0, 200));
    if (state == "25006")
        error.next_step = "set DATABASE_URL to a PostgreSQL server that accepts writes";
    if (state == "42501") error.next_step = "grant this right to the user in DATABASE_URL";
    return error;
}

std::string last_words(PGconn* connection) {
    return in_one_line(PQerrorMessage(connection));
}

}  // namespace control
