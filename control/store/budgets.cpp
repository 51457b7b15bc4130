#include "control/store/budgets.h"

#include "contracts/base/json.h"
#include "control/store/run.h"

namespace control::budgets {

namespace {

constexpr std::string_view kBudgetColumns =
    "SELECT scope, subject, period, cap, set_by, by_admin, set_at FROM budgets ";

Result<Budget> budget_of(const Row& row) {
    const auto scope = contracts::parse_choice<SpendingScope>(row.text(0));
    const auto period = contracts::parse_choice<BudgetPeriod>(row.text(2));
    if (!scope || !period) return fail(ErrorKind::fatal, "a row of budgets has no known scope");
    return Budget{.scope = *scope,
                  .subject = row.text(1),
                  .period = *period,
                  .cap = row.integer(3),
                  .set_by = row.text(4),
                  .by_admin = row.integer(5) != 0,
                  .set_at = contracts::Timestamp(std::chrono::milliseconds(row.integer(6)))};
}

Result<std::vector<Budget>> budgets_where(Queries& db, std::string_view rest,
                                          std::vector<Value> values) {
    Result<Rows> found = db.query(std::string(kBudgetColumns).append(rest), std::move(values));
    if (!found) return found.fault();
    std::vector<Budget> budgets;
    for (const Row& row : found->rows) {
        Result<Budget> budget = budget_of(row);
        if (!budget) return budget.fault();
        budgets.push_back(*std::move(budget));
    }
    return budgets;
}

std::string text_of(SpendingScope scope) {
    return std::string(contracts::to_text(scope));
}
std::string text_of(BudgetPeriod period) {
    return std::string(contracts::to_text(period));
}

}  // namespace

Result<std::vector<Budget>> of(Queries& db, const ModelCaller& caller) {
    return budgets_where(db,
                         "WHERE (scope = 'task' AND subject = $1) OR (scope = 'project' AND "
                         "subject = $2) OR (scope = 'user' AND subject = $3) OR scope = 'all' "
                         "ORDER BY scope, subject, period",
                         {caller.task_id, caller.project_id, caller.user_id});
}

Result<std::optional<Budget>> find(Queries& db, SpendingScope scope, const std::string& subject,
                                   BudgetPeriod period) {
    Result<std::vector<Budget>> found =
        budgets_where(db, "WHERE scope = $1 AND subject = $2 AND period = $3",
                      {text_of(scope), subject, text_of(period)});
    if (!found) return found.fault();
    if (found->empty()) return std::optional<Budget>();
    return std::optional<Budget>(found->front());
}

Result<std::vector<Budget>> list(Queries& db, const Owner& owner, std::size_t limit) {
    std::string where;
    std::vector<Value> values;
    const auto add = [&](std::string_view condition, const std::string& value) {
        values.emplace_back(value);
        const std::string place = "$" + std::to_string(values.size());
        where.append(where.empty() ? "WHERE (" : " AND (");
        for (const char c : condition)
            c == '?' ? where.append(place) : where.append(1, c);
        where.append(") ");
    };
    if (owner.user_id)
        add("(scope = 'user' AND subject = ?) OR (scope = 'project' AND subject IN (SELECT id FROM "
            "projects WHERE owner_id = ?)) OR (scope = 'task' AND subject IN (SELECT tasks.id FROM "
            "tasks JOIN projects ON projects.id = tasks.project_id WHERE projects.owner_id = ?))",
            *owner.user_id);
    if (owner.project_id)
        add("(scope = 'project' AND subject = ?) OR (scope = 'task' AND subject IN (SELECT id FROM "
            "tasks WHERE project_id = ?))",
            *owner.project_id);
    values.emplace_back(static_cast<std::int64_t>(limit));
    where.append("ORDER BY scope, subject, period LIMIT $").append(std::to_string(values.size()));
    return budgets_where(db, where, std::move(values));
}

Result<void> set(Queries& db, const Budget& budget) {
    return run(db,
               "INSERT INTO budgets (scope, subject, period, cap, set_by, by_admin, set_at) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (scope, subject, period) DO UPDATE "
               "SET cap = excluded.cap, set_by = excluded.set_by, by_admin = excluded.by_admin, "
               "set_at = excluded.set_at",
               {text_of(budget.scope), budget.subject, text_of(budget.period), budget.cap,
                budget.set_by, std::int64_t{budget.by_admin ? 1 : 0},
                std::int64_t{budget.set_at.time_since_epoch().count()}});
}

Result<void> erase(Queries& db, const Budget& budget) {
    return run(db, "DELETE FROM budgets WHERE scope = $1 AND subject = $2 AND period = $3",
               {text_of(budget.scope), budget.subject, text_of(budget.period)});
}

Result<std::optional<Budget>> reached(Queries& db, const ModelCaller& caller,
                                      const std::string& day) {
    Result<std::vector<Budget>> caps = of(db, caller);
    if (!caps) return caps.fault();
    for (Budget& cap : *caps) {
        Result<Spent> spent = model_spending::find(db, cap.key(day));
        if (!spent) return spent.fault();
        if (spent->cost >= cap.cap) return std::optional<Budget>(std::move(cap));
    }
    return std::optional<Budget>();
}

Result<void> stop_task(Queries& db, const ModelCaller& caller, contracts::Timestamp now) {
    if (caller.task_id.empty()) return {};
    return run(db,
               "INSERT INTO budget_stops (task_id, project_id, user_id, stopped_at) "
               "VALUES ($1, $2, $3, $4) ON CONFLICT (task_id) DO NOTHING",
               {caller.task_id, caller.project_id, caller.user_id,
                std::int64_t{now.time_since_epoch().count()}});
}

Result<void> forget_stop(Queries& db, const std::string& task_id) {
    return run(db, "DELETE FROM budget_stops WHERE task_id = $1", {task_id});
}

Result<std::vector<ModelCaller>> stopped_tasks(Queries& db, const std::string& after, int limit) {
    Result<Rows> found = db.query(
        "SELECT task_id, project_id, user_id FROM budget_stops WHERE task_id > $1 ORDER BY task_id "
        "LIMIT $2",
        {after, std::int64_t{limit}});
    if (!found) return found.fault();
    std::vector<ModelCaller> callers;
    for (const Row& row : found->rows)
        callers.push_back({.worker_id = {},
                           .task_id = row.text(0),
                           .project_id = row.text(1),
                           .user_id = row.text(2)});
    return callers;
}

Result<std::vector<std::string>> models_of(Queries& db, const std::string& project_id) {
    Result<Rows> found =
        db.query("SELECT models FROM project_models WHERE project_id = $1", {project_id});
    if (!found) return found.fault();
    std::vector<std::string> models;
    if (found->rows.empty()) return models;
    Result<contracts::Json> names = contracts::parse_json(found->rows.front().text(0));
    if (!names || !names->is_array())
        return fail(ErrorKind::fatal, "a row of project_models has no list");
    for (const contracts::Json& name : *names)
        if (name.is_string()) models.push_back(name.get<std::string>());
    return models;
}

Result<void> set_models(Queries& db, const std::string& project_id,
                        const std::vector<std::string>& models) {
    if (models.empty())
        return run(db, "DELETE FROM project_models WHERE project_id = $1", {project_id});
    return run(db,
               "INSERT INTO project_models (project_id, models) VALUES ($1, $2) "
               "ON CONFLICT (project_id) DO UPDATE SET models = excluded.models",
               {project_id, contracts::dump_json(models)});
}

}  // namespace control::budgets
