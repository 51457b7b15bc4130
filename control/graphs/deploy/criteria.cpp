#include "control/graphs/deploy/criteria.h"

#include "contracts/entities/planned.h"
#include "control/graphs/kit/tail.h"
#include "control/store/tasks.h"

#include <algorithm>

namespace control::graphs {

namespace {

constexpr std::size_t kMostCriteria = 16 << 10;

}  // namespace

contracts::Result<std::string> criteria_of(Queries& db, const std::string& project_id) {
    auto page = tasks::list(
        db, {.limit = kMaxPage,
             .cursor = {},
             .filters = {
                 {"project_id", project_id}, {"type", "engineering"}, {"status", "completed"}}});
    if (!page) return page.fault();
    std::ranges::sort(page->items, {}, [](const auto& row) { return row.entity.created_at; });
    std::string text;
    for (const auto& row : page->items) {
        const std::string spec = row.entity.spec.value_or("");
        const std::string asked = contracts::work_to_plan(spec).value_or(spec);
        if (!asked.empty()) text += (text.empty() ? "" : "\n\n") + asked;
    }
    return tail_of(text, kMostCriteria);
}

}  // namespace control::graphs
