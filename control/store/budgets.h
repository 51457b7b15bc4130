// Caps on what model calls may cost, the tasks that one has stopped, and the models that a project
// may use. Functions over Queries.
#pragma once

#include "control/store/entity_table.h"
#include "control/store/model_calls.h"

namespace control {

enum class BudgetPeriod { total, day };
inline constexpr std::string_view kBudgetPeriodNames[] = {"total", "day"};
constexpr contracts::Choices choices_of(BudgetPeriod) {
    return kBudgetPeriodNames;
}

struct Budget {
    SpendingScope scope = SpendingScope::all;  // task, project, user or all
    std::string subject{};                     // empty: of `all`
    BudgetPeriod period = BudgetPeriod::total;
    Nanodollars cap = 0;  // 0: nothing may be spent
    std::string set_by{};
    bool by_admin = false;  // then only an administrator changes it
    contracts::Timestamp set_at{};

    // The sum that is compared with it.
    [[nodiscard]] SpendingKey key(const std::string& day) const {
        return {scope, subject, period == BudgetPeriod::day ? day : std::string()};
    }
};

namespace budgets {

// The caps on calls of this caller, and on everybody's.
[[nodiscard]] Result<std::vector<Budget>> of(Queries& db, const ModelCaller& caller);
[[nodiscard]] Result<std::optional<Budget>> find(Queries& db, SpendingScope scope,
                                                 const std::string& subject, BudgetPeriod period);
// At most `limit`, in the order of scope and subject: of an owner those of his own, of his projects
// and of their tasks.
[[nodiscard]] Result<std::vector<Budget>> list(Queries& db, const Owner& owner, std::size_t limit);
// Replaces the one with its scope, subject and period.
[[nodiscard]] Result<void> set(Queries& db, const Budget& budget);
[[nodiscard]] Result<void> erase(Queries& db, const Budget& budget);

// The first cap that leaves nothing for this caller on this day. Empty: there is money.
[[nodiscard]] Result<std::optional<Budget>> reached(Queries& db, const ModelCaller& caller,
                                                    const std::string& day);

// Records that a call of a task was refused because of a cap, and that one was allowed again.
[[nodiscard]] Result<void> stop_task(Queries& db, const ModelCaller& caller,
                                     contracts::Timestamp now);
[[nodiscard]] Result<void> forget_stop(Queries& db, const std::string& task_id);
// Whose tasks were stopped, in the order of the tasks' ids: those behind `after`, at most `limit`.
[[nodiscard]] Result<std::vector<ModelCaller>> stopped_tasks(Queries& db, const std::string& after,
                                                             int limit);

// Empty: the project may use every model.
[[nodiscard]] Result<std::vector<std::string>> models_of(Queries& db,
                                                         const std::string& project_id);
[[nodiscard]] Result<void> set_models(Queries& db, const std::string& project_id,
                                      const std::vector<std::string>& models);

}  // namespace budgets
}  // namespace control
