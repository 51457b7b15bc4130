// The cost of model calls, summed up by task, project, user, worker and model and over all calls,
// in total and per day: caps are compared with these sums, and people see them. Money is whole
// billionths of a dollar (`Nanodollars`), so that sums are exact.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/fields/field_list.h"
#include "control/store/database.h"

#include <compare>
#include <map>

namespace control {

using Nanodollars = std::int64_t;
inline constexpr Nanodollars kNanodollarsInDollar = 1'000'000'000;

enum class SpendingScope { task, project, user, worker, model, all };
inline constexpr std::string_view kSpendingScopeNames[] = {"task",   "project", "user",
                                                           "worker", "model",   "all"};
constexpr contracts::Choices choices_of(SpendingScope) {
    return kSpendingScopeNames;
}

// "2026-01-31" in UTC: days begin at the same moment for every daemon and every user.
[[nodiscard]] std::string day_of(contracts::Timestamp time);

struct SpendingKey {
    SpendingScope scope = SpendingScope::all;
    std::string subject{};  // its id or name; empty: of `all`
    std::string day{};      // empty: all days together
    auto operator<=>(const SpendingKey&) const = default;
};

struct TokenCounts {
    std::int64_t input = 0;        // not from the cache
    std::int64_t cache_read = 0;   // read from the provider's cache
    std::int64_t cache_write = 0;  // read and stored there
    std::int64_t output = 0;
    std::int64_t long_write = 0;  // the part of cache_write that is kept for an hour; not stored
    bool operator==(const TokenCounts&) const = default;
};

struct Spent {
    Nanodollars cost = 0;
    Nanodollars reserved = 0;  // the most that calls in progress can cost
    bool operator==(const Spent&) const = default;
};

struct SpendingRow {
    SpendingKey key{};
    std::string user_id{};     // for tasks, projects, users and workers
    std::string project_id{};  // for tasks, projects and workers
    std::int64_t calls = 0;
    TokenCounts tokens{};
    Spent spent{};
    std::int64_t estimated = 0;  // calls whose cost the provider did not report
};

namespace model_spending {

// Adds each row to the sum of its key, and returns the new sums.
[[nodiscard]] Result<std::map<SpendingKey, Spent>> add(
    Queries& db, const std::map<SpendingKey, SpendingRow>& changes);
// Zero if nothing was spent.
[[nodiscard]] Result<Spent> find(Queries& db, const SpendingKey& key);

struct Question {
    SpendingScope scope = SpendingScope::all;
    std::string subject{};                    // empty: all
    bool by_day = false;                      // a row for each day
    std::string first_day{}, last_day{};      // both empty: all days
    std::optional<std::string> user_id{};     // only this user's
    std::optional<std::string> project_id{};  // only this project's
    std::size_t limit = 100;
};
// The most expensive first; by day, the newest day first.
[[nodiscard]] Result<std::vector<SpendingRow>> list(Queries& db, const Question& question);

}  // namespace model_spending
}  // namespace control
