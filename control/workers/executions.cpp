#include "control/workers/executions.h"

#include "contracts/base/json.h"
#include "control/store/task_executions.h"
#include "control/store/worker_life.h"

namespace control {

using namespace contracts;

namespace {

constexpr std::size_t kMaxReceipt = 64 << 10;

Result<void> insert_once(Database& database, const TaskExecution& execution) {
    return database.transaction([&](Transaction& tx) -> Result<void> {
        const auto there = task_executions::find(tx, execution.id);
        if (there) return {};
        if (there.error().kind != ErrorKind::not_found) return there.fault();
        return task_executions::insert(tx, execution);
    });
}

std::string text_at(const Json& receipt, const char* key) {
    const auto found = receipt.find(key);
    return found != receipt.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// A run that reached its end and reported failure is a failure; one that was interrupted is an
// error.
ExecutionStatus status_of(const WorkerLifecycleEvent& event) {
    if (event.event == LifecycleEvent::completed) return ExecutionStatus::success;
    const bool ended_well = text_at(*event.result, "ending") == "exited" && event.exit_code == 0;
    return ended_well ? ExecutionStatus::failure : ExecutionStatus::error;
}

std::optional<std::string> task_of(const WorkerRow& worker, const Json& receipt) {
    std::string task = text_at(receipt, "task_id");
    if (task.empty()) task = worker.about("task_id");
    return task.empty() ? std::nullopt : std::optional(std::move(task));
}

}  // namespace

Result<void> record_run(const WorkersSetting& setting, const WorkerRow& worker,
                        const WorkerLifecycleEvent& event) {
    if (event.event != LifecycleEvent::completed && event.event != LifecycleEvent::failed)
        return {};
    if (!event.result || !event.result->is_object()) return {};
    const Json& receipt = *event.result;
    TaskExecution execution;
    execution.id = text_at(receipt, "request_id");
    if (execution.id.empty()) return {};
    execution.task_id = task_of(worker, receipt);
    execution.worker_id = worker.id;
    execution.finished_at = event.timestamp;
    const auto duration = receipt.find("duration_ms");
    if (duration != receipt.end() && duration->is_number_integer()) {
        execution.duration_ms = duration->get<std::int64_t>();
        execution.started_at = event.timestamp - std::chrono::milliseconds(*execution.duration_ms);
    }
    execution.exit_code = event.exit_code;
    execution.status = status_of(event);
    execution.result_data = receipt;
    if (event.error) (*execution.result_data)["error"] = *event.error;
    if (dump_json(*execution.result_data).size() > kMaxReceipt)
        execution.result_data = Json{{"error", "the receipt was too large to store"}};
    execution.created_at = setting.clock.now();
    Result<void> kept = setting.database.transaction([&](Transaction& tx) {
        return worker_life::keep_receipt(tx, worker.id, *execution.result_data);
    });
    if (!kept) return kept;
    return insert_once(setting.database, execution);
}

Result<void> record_crash(const WorkersSetting& setting, const WorkerRow& worker,
                          const std::string& request_id, const std::string& why) {
    TaskExecution execution;
    execution.id = request_id;
    execution.task_id = task_of(worker, Json::object());
    execution.worker_id = worker.id;
    execution.finished_at = execution.created_at = setting.clock.now();
    execution.exit_code = worker.exit_code;
    execution.status = ExecutionStatus::error;
    execution.result_data = Json{{"error", why}};
    if (worker.cause) (*execution.result_data)["cause"] = to_text(*worker.cause);
    return insert_once(setting.database, execution);
}

}  // namespace control
