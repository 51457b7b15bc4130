// The cost of model calls and their caps, as the API serves them. A caller without admin rights
// sees and caps only its own spending. A cap that an administrator set can only be changed by an
// administrator, and a worker changes none.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/api/exchange.h"
#include "control/store/budgets.h"

namespace control {

// What sums are grouped by.
enum class UsageBy { task, project, user, worker, model, day };
inline constexpr std::string_view kUsageByNames[] = {"task",   "project", "user",
                                                     "worker", "model",   "day"};
constexpr contracts::Choices choices_of(UsageBy) {
    return kUsageByNames;
}

struct UsageEntry {
    std::string scope;
    std::optional<std::string> subject;  // an id or a model's name; absent: the sum of all
    std::optional<std::string> day;      // in UTC; absent: several days
    std::optional<std::string> user_id;
    std::optional<std::string> project_id;
    std::int64_t calls = 0;
    std::int64_t input_tokens = 0;  // without those read from the provider's cache
    std::int64_t cache_read_tokens = 0;
    std::int64_t cache_write_tokens = 0;
    std::int64_t output_tokens = 0;
    double cost_usd = 0;
    std::int64_t estimated_calls = 0;  // calls whose cost the provider did not report
};
void visit_fields(UsageEntry& entry, contracts::FieldList& fields);

// What a cap applies to.
enum class BudgetScope { task, project, user, all };
inline constexpr std::string_view kBudgetScopeNames[] = {"task", "project", "user", "all"};
constexpr contracts::Choices choices_of(BudgetScope) {
    return kBudgetScopeNames;
}

// A cap to set or remove, or the models that a project may use.
struct NewBudget {
    BudgetScope scope = BudgetScope::all;
    std::optional<std::string> subject;  // required except for `all`
    BudgetPeriod period = BudgetPeriod::total;
    std::optional<double> cap_usd;
    bool remove = false;
    std::optional<std::vector<std::string>> models;  // for a project; empty: all models
};
void visit_fields(NewBudget& budget, contracts::FieldList& fields);

struct BudgetEntry {
    BudgetScope scope = BudgetScope::all;
    std::optional<std::string> subject;
    BudgetPeriod period = BudgetPeriod::total;
    std::optional<double> cap_usd;  // absent: no cap
    double spent_usd = 0;           // in the cap's period
    double reserved_usd = 0;        // the most that calls in progress can cost
    std::optional<double> left_usd;
    std::optional<std::string> set_by;
    std::optional<contracts::Timestamp> set_at;
    std::optional<std::vector<std::string>> models;  // for a project that may use only these
};
void visit_fields(BudgetEntry& entry, contracts::FieldList& fields);

// GET /api/usage
void handle_usage(Exchange&& exchange);
// GET /api/budgets
void handle_budgets(Exchange&& exchange);
// POST /api/budgets: the answer is the new state.
void handle_set_budget(Exchange&& exchange);

}  // namespace control
