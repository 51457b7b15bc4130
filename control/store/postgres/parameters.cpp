#include "control/store/postgres/parameters.h"

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The end of the quoted text, quoted name or comment that begins at `at`; `at` if none begins
// there.
std::size_t skip(std::string_view sql, std::size_t at) {
    const auto after = [&](std::string_view end, std::size_t from) {
        const std::size_t found = sql.find(end, from);
        return found == std::string_view::npos ? sql.size() : found + end.size();
    };
    const std::string_view rest = sql.substr(at);
    if (rest.starts_with('\'')) return after("'", at + 1);
    if (rest.starts_with('"')) return after("\"", at + 1);
    if (rest.starts_with("--")) return after("\n", at + 2);
    if (rest.starts_with("/*")) return after("*/", at + 2);
    return at;
}

}  // namespace

Result<std::size_t> count_parameters(std::string_view sql) {
    std::size_t highest = 0;
    for (std::size_t at = 0; at < sql.size();) {
        if (const std::size_t end = skip(sql, at); end != at) {
            at = end;
            continue;
        }
        if (sql[at++] != '$' || at == sql.size() || !is_digit(sql[at])) continue;
        std::size_t number = 0;
        while (at < sql.size() && is_digit(sql[at]) && number <= highest)
            number = number * 10 + static_cast<std::size_t>(sql[at++] - '0');
        if (number == 0 || number > highest + 1)
            return fail(ErrorKind::fatal,
                        "values must appear as $1 $2 … in this order: " + std::string(sql));
        if (number == highest + 1) highest = number;
    }
    return highest;
}

}  // namespace control
