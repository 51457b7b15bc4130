// The plan in an architect's verdict: a large piece of work, divided into tasks that are done in
// order.
#pragma once

#include "contracts/base/json.h"
#include "contracts/fields/field_list.h"

#include <vector>

namespace contracts {

inline constexpr std::size_t kMostPlannedTasks = 7;

struct PlannedTask {
    std::string title;
    std::string spec;
};
void visit_fields(PlannedTask& task, FieldList& fields);

// Reads {"tasks": [...]}, one to seven of them. Fails with `invalid`, naming the field.
[[nodiscard]] Result<std::vector<PlannedTask>> read_plan(const Json& data);

}  // namespace contracts
