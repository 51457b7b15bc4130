#include "tests/unit/control_graphs/engineering_scenario.h"

#include "control/graphs/engineering/engineering.h"
#include "control/store/tasks.h"

namespace tests {

namespace {

using contracts::Json;
using control::ThreadStatus;

Json queued(SimulatedStore& store, const StillClock& clock, const std::string& mark) {
    const contracts::Task task = store.make_task(contracts::TaskType::engineering, clock, mark);
    return {{"request_id", "request"},       {"correlation_id", "correlation"},
            {"callback_stream", "answers"},  {"task_id", task.id},
            {"project_id", task.project_id}, {"user_id", "7"}};
}

// Checks that the task's row agrees with its thread.
std::string disagreement(SimulatedStore& store, const control::Thread& thread) {
    const auto task = control::tasks::find(*store.db, thread.subject)->entity.status;
    const bool agrees = thread.status == ThreadStatus::completed
                            ? task == contracts::TaskStatus::completed
                            : task == contracts::TaskStatus::failed;
    return agrees ? "" : "the task says otherwise; ";
}

}  // namespace

Scenario engineering_scenario() {
    Scenario scenario;
    scenario.module = [](World& world) {
        control::graphs::EngineeringSettings settings;
        settings.platform_tries = 20;
        return control::graphs::engineering_module(settings, world.forge_calls());
    };
    scenario.message = queued;
    scenario.fault = disagreement;
    return scenario;
}

}  // namespace tests
