#include "control/store/model_spending.h"

#include <cstdio>

namespace control {

std::string day_of(contracts::Timestamp time) {
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
    char text[32];
    const int length =
        std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()),
                      static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
    return {text, static_cast<std::size_t>(length)};
}

namespace model_spending {

namespace {

constexpr std::string_view kSpendingColumns =
    "scope, subject, day, user_id, project_id, calls, input_tokens, cache_read_tokens, "
    "cache_write_tokens, output_tokens, cost, reserved, estimated";

constexpr std::string_view kSummedColumns =
    "scope, subject, '', user_id, project_id, CAST(SUM(calls) AS BIGINT), "
    "CAST(SUM(input_tokens) AS BIGINT), CAST(SUM(cache_read_tokens) AS BIGINT), "
    "CAST(SUM(cache_write_tokens) AS BIGINT), CAST(SUM(output_tokens) AS BIGINT), "
    "CAST(SUM(cost) AS BIGINT), CAST(SUM(reserved) AS BIGINT), CAST(SUM(estimated) AS BIGINT)";

constexpr std::string_view kAdd =
    "INSERT INTO model_spending (scope, subject, day, user_id, project_id, calls, input_tokens, "
    "cache_read_tokens, cache_write_tokens, output_tokens, cost, reserved, estimated) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
    "ON CONFLICT (scope, subject, day) DO UPDATE SET "
    "calls = model_spending.calls + excluded.calls, "
    "input_tokens = model_spending.input_tokens + excluded.input_tokens, "
    "cache_read_tokens = model_spending.cache_read_tokens + excluded.cache_read_tokens, "
    "cache_write_tokens = model_spending.cache_write_tokens + excluded.cache_write_tokens, "
    "output_tokens = model_spending.output_tokens + excluded.output_tokens, "
    "cost = model_spending.cost + excluded.cost, "
    "reserved = model_spending.reserved + excluded.reserved, "
    "estimated = model_spending.estimated + excluded.estimated RETURNING cost, reserved";

std::vector<Value> values_of(const SpendingKey& key, const SpendingRow& row) {
    return {std::string(contracts::to_text(key.scope)),
            key.subject,
            key.day,
            row.user_id,
            row.project_id,
            row.calls,
            row.tokens.input,
            row.tokens.cache_read,
            row.tokens.cache_write,
            row.tokens.output,
            row.spent.cost,
            row.spent.reserved,
            row.estimated};
}

Result<SpendingRow> row_of(const Row& row) {
    const auto scope = contracts::parse_choice<SpendingScope>(row.text(0));
    if (!scope) return fail(ErrorKind::fatal, "a row of model_spending has no known scope");
    return SpendingRow{.key = {*scope, row.text(1), row.text(2)},
                       .user_id = row.text(3),
                       .project_id = row.text(4),
                       .calls = row.integer(5),
                       .tokens = {.input = row.integer(6),
                                  .cache_read = row.integer(7),
                                  .cache_write = row.integer(8),
                                  .output = row.integer(9)},
                       .spent = {row.integer(10), row.integer(11)},
                       .estimated = row.integer(12)};
}

}  // namespace

Result<std::map<SpendingKey, Spent>> add(Queries& db,
                                         const std::map<SpendingKey, SpendingRow>& changes) {
    std::map<SpendingKey, Spent> sums;
    // In the order of the keys, as every daemon does, so that two daemons never wait for each
    // other.
    for (const auto& [key, row] : changes) {
        Result<Rows> sum = db.query(kAdd, values_of(key, row));
        if (!sum) return sum.fault();
        sums[key] = {sum->rows.front().integer(0), sum->rows.front().integer(1)};
    }
    return sums;
}

Result<Spent> find(Queries& db, const SpendingKey& key) {
    Result<Rows> found = db.query(
        "SELECT cost, reserved FROM model_spending WHERE scope = $1 AND subject = $2 AND day = $3",
        {std::string(contracts::to_text(key.scope)), key.subject, key.day});
    if (!found) return found.fault();
    if (found->rows.empty()) return Spent{};
    return Spent{found->rows.front().integer(0), found->rows.front().integer(1)};
}

Result<std::vector<SpendingRow>> list(Queries& db, const Question& question) {
    const bool of_days =
        question.by_day || !question.first_day.empty() || !question.last_day.empty();
    std::string sql("SELECT ");
    sql.append(of_days && !question.by_day ? kSummedColumns : kSpendingColumns)
        .append(" FROM model_spending WHERE scope = $1");
    std::vector<Value> values{std::string(contracts::to_text(question.scope))};
    const auto where = [&](std::string_view condition, std::string value) {
        values.emplace_back(std::move(value));
        sql.append(" AND ").append(condition).append(std::to_string(values.size()));
    };
    if (!of_days) sql.append(" AND day = ''");
    if (of_days) where("day >= $", question.first_day.empty() ? "0" : question.first_day);
    if (!question.last_day.empty()) where("day <= $", question.last_day);
    if (!question.subject.empty()) where("subject = $", question.subject);
    if (question.user_id) where("user_id = $", *question.user_id);
    if (question.project_id) where("project_id = $", *question.project_id);
    if (of_days && !question.by_day) sql.append(" GROUP BY scope, subject, user_id, project_id");
    values.emplace_back(static_cast<std::int64_t>(question.limit));
    // 11 is the column of the cost, or of its sum.
    sql.append(question.by_day ? " ORDER BY day DESC, 11 DESC, subject LIMIT $"
                               : " ORDER BY 11 DESC, subject LIMIT $")
        .append(std::to_string(values.size()));
    Result<Rows> found = db.query(sql, std::move(values));
    if (!found) return found.fault();
    std::vector<SpendingRow> rows;
    for (const Row& row : found->rows) {
        Result<SpendingRow> read = row_of(row);
        if (!read) return read.fault();
        rows.push_back(*std::move(read));
    }
    return rows;
}

}  // namespace model_spending
}  // namespace control
