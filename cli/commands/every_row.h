// Whole lists of the API, read page by page.
#pragma once

#include "cli/api_answer.h"
#include "cli/commands/rest.h"

namespace cli::commands {

inline constexpr std::string_view kWholePage = "limit=500";
inline constexpr int kMostPages = 20;

template <class M>
contracts::Result<std::vector<M>> read_list(const ApiAnswer& answer) {
    std::vector<M> rows;
    if (!answer.body.is_array())
        return contracts::fail(contracts::ErrorKind::fatal,
                               "the API's answer does not fit: it must be an array");
    for (const contracts::Json& item : answer.body) {
        contracts::Result<M> row = read_entity<M>(ApiAnswer{item, {}});
        if (!row) return row.fault();
        rows.push_back(std::move(*row));
    }
    return rows;
}

// Calls `see` with every row, page by page; `path` ends where the page's parameters follow.
template <class M, class See>
contracts::Result<void> for_every_row(Session& session, const std::string& path, const See& see) {
    std::string cursor;
    for (int page = 0; page < kMostPages; ++page) {
        std::string whole = path + std::string(kWholePage);
        if (!cursor.empty()) whole += "&cursor=" + encoded(cursor);
        contracts::Result<ApiAnswer> answer = session.destination->api({"GET", whole});
        if (!answer) return answer.fault();
        contracts::Result<std::vector<M>> rows = read_list<M>(*answer);
        if (!rows) return rows.fault();
        for (const M& row : *rows)
            if (contracts::Result<void> seen = see(row); !seen) return seen;
        cursor = std::move(answer->next_cursor);
        if (cursor.empty()) break;
    }
    return {};
}

}  // namespace cli::commands
