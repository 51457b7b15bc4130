// What model calls have cost, summed up for each task, project, user, worker, model and for all of
// them, in whole and for each day: what caps are held against, and what people are shown. Money is
// whole billionths of a dollar (`Nanodollars`), so that sums are exact.
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
    std::int64_t input = 0;        // read anew
    std::int64_t cache_read = 0;   // taken from the provider's cache
    std::int64_t cache_write = 0;  // read, and put there
    std::int64_t output = 0;
    std::int64_t long_write = 0;  // of cache_write, what is kept for an hour; not stored
    bool operator==(const TokenCounts&) const = default;
};

struct Spent {
    Nanodollars cost = 0;
    Nanodollars reserved = 0;  // what calls under way could cost
    bool operator==(const Spent&) const = default;
};

struct SpendingRow {
    SpendingKey key{};
    std::string user_id{};     // of tasks, projects, users and workers
    std::string project_id{};  // of tasks, projects and workers
    std::int64_t calls = 0;
    TokenCounts tokens{};
    Spent spent{};
    std::int64_t estimated = 0;  // calls whose cost the provider did not tell
};

namespace model_spending {

// Adds what each row says to the sums of its key, and returns them as they are now.
[[nodiscard]] Result<std::map<SpendingKey, Spent>> add(
    Queries& db, const std::map<SpendingKey, SpendingRow>& changes);
// Zero where nothing was spent.
[[nodiscard]] Result<Spent> find(Queries& db, const SpendingKey& key);

struct Question {
    SpendingScope scope = SpendingScope::all;
    std::string subject{};                    // empty: every one
    bool by_day = false;                      // a row for each day
    std::string first_day{}, last_day{};      // both empty: all of them
    std::optional<std::string> user_id{};     // this user's alone
    std::optional<std::string> project_id{};  // this project's alone
    std::size_t limit = 100;
};
// The dearest first; where days are asked for, the newest day first.
[[nodiscard]] Result<std::vector<SpendingRow>> list(Queries& db, const Question& question);

}  // namespace model_spending
}  // namespace control
