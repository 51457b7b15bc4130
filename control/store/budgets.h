// Caps on the cost of model calls, the tasks that a cap has stopped, and the models that a project
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
    bool by_admin = false;  // set by an administrator, and only an administrator may change it
    contracts::Timestamp set_at{};

    // The sum that is compared with the cap.
    [[nodiscard]] SpendingKey key(const std::string& day) const {
        return {scope, subject, period == BudgetPeriod::day ? day : std::string()};
    }
};

namespace budgets {

// The caps that apply to calls of this caller, including those for everybody.
[[nodiscard]] Result<std::vector<Budget>> of(Queries& db, const ModelCaller& caller);
[[nodiscard]] Result<std::optional<Budget>> find(Queries& db, SpendingScope scope,
                                                 const std::string& subject, BudgetPeriod period);
// At most `limit`, in the order of scope and subject; for an owner, the caps on the owner, the
// owner's projects and their tasks.
[[nodiscard]] Result<std::vector<Budget>> list(Queries& db, const Owner& owner, std::size_t limit);
// Replaces the cap with the same scope, subject and period.
[[nodiscard]] Result<void> set(Queries& db, const Budget& budget);
[[nodiscard]] Result<void> erase(Queries& db, const Budget& budget);

// The first cap that leaves nothing for this caller on this day. Empty if there is none.
[[nodiscard]] Result<std::optional<Budget>> reached(Queries& db, const ModelCaller& caller,
                                                    const std::string& day);

// Record that a call of a task was refused because of a cap, and that one was allowed again.
[[nodiscard]] Result<void> stop_task(Queries& db, const ModelCaller& caller,
                                     contracts::Timestamp now);
[[nodiscard]] Result<void> forget_stop(Queries& db, const std::string& task_id);
// The callers whose tasks were stopped, in the order of the tasks' ids, after `after`, at most
// `limit`.
[[nodiscard]] Result<std::vector<ModelCaller>> stopped_tasks(Queries& db, const std::string& after,
                                                             int limit);

// Empty: the project may use every model.
[[nodiscard]] Result<std::vector<std::string>> models_of(Queries& db,
                                                         const std::string& project_id);
[[nodiscard]] Result<void> set_models(Queries& db, const std::string& project_id,
                                      const std::vector<std::string>& models);

}  // namespace budgets
}  // namespace control
