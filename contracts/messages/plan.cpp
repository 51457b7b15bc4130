#include "contracts/messages/plan.h"

#include "contracts/fields/read.h"
#include "contracts/fields/shape.h"

namespace contracts {

namespace {

constexpr Bounds kTitle{1, 200};
constexpr Bounds kPlannedSpec{1, 32 << 10};

}  // namespace

void visit_fields(PlannedTask& task, FieldList& fields) {
    fields.required("title", task.title, kTitle);
    fields.required("spec", task.spec, kPlannedSpec);
}

Result<std::vector<PlannedTask>> read_plan(const Json& data) {
    const auto listed = data.is_object() ? data.find("tasks") : data.end();
    if (!data.is_object() || listed == data.end())
        return fail(ErrorKind::invalid, "is required", "tasks");
    if (!listed->is_array())
        return fail(ErrorKind::invalid, "must be an array, not " + shape_of(*listed), "tasks");
    if (listed->empty() || listed->size() > kMostPlannedTasks)
        return fail(ErrorKind::invalid,
                    "must have 1 to " + std::to_string(kMostPlannedTasks) + " entries, not " +
                        std::to_string(listed->size()),
                    "tasks");
    std::vector<PlannedTask> tasks;
    for (std::size_t i = 0; i < listed->size(); ++i) {
        Result<PlannedTask> task = read_message<PlannedTask>((*listed)[i]);
        if (!task) {
            task.error().field = "tasks[" + std::to_string(i) + "]" +
                                 (task.error().field.empty() ? "" : "." + task.error().field);
            return task.fault();
        }
        tasks.push_back(std::move(*task));
    }
    return tasks;
}

}  // namespace contracts
