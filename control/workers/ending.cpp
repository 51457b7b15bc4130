#include "contracts/fields/write.h"
#include "contracts/messages/po.h"
#include "contracts/streams/answer.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/names.h"
#include "control/workers/directories.h"
#include "control/workers/intake.h"
#include "control/workers/lifecycle.h"

namespace control {

using namespace contracts;

namespace {

constexpr std::size_t kEvidenceBytes = 2048;

// Unknown is never success.
std::string cause_of(const WorkerInstance* instance) {
    if (instance == nullptr) return "its container is gone";
    if (!instance->exit_code) return "it ended and nobody knows how";
    switch (*instance->exit_code) {
        case 0:
            return {};
        case 137:
            return instance->oom_killed ? "killed, and memory ran out" : "killed";
        case 143:
            return "told to stop";
        default:
            return "exit code " + std::to_string(*instance->exit_code);
    }
}

void keep_evidence(const WorkersSetting& setting, const WorkerRow& worker) {
    if (worker.instance_id.empty()) return;
    const Result<std::string> tail = setting.runtime.tail(worker.instance_id, kEvidenceBytes);
    if (!tail) return;  // gone: there is nothing to keep
    setting.log.info("worker ended", {{"worker_id", worker.id},
                                      {"exit_code", worker.exit_code.value_or(-1)},
                                      {"error", worker.error},
                                      {"last_output", *tail}});
}

Answer developer_answer(const WorkersSetting& setting, const DeveloperWorkerInput& input,
                        const std::string& why) {
    DeveloperWorkerOutput output;
    output.request_id = input.request_id;
    output.task_id = input.task_id;
    output.status = ResultStatus::failed;
    output.error = why;
    output.timestamp = setting.clock.now();
    output.correlation_id = input.correlation_id;
    return {input.request_id, std::string(names::kDeveloperOutput), format_message(output)};
}

Answer po_answer(const WorkersSetting& setting, const std::string& worker_id,
                 const POWorkerInput& input, const std::string& why) {
    POWorkerOutput output;
    output.request_id = input.request_id;
    output.user_id = input.user_id;
    output.text = "The agent has stopped unexpectedly. Please try again.";
    output.status = ResultStatus::failed;
    output.error = why;
    output.timestamp = setting.clock.now();
    output.correlation_id = input.correlation_id;
    return {input.request_id, names::po_output(worker_id), format_message(output)};
}

// An entry that is no message was or will be refused by whoever reads it: there is no request to
// answer.
std::optional<Answer> answer_to(const WorkersSetting& setting, const WorkerRow& worker,
                                const Entry& entry, const std::string& why) {
    if (worker.config.worker_type == WorkerType::po) {
        const Result<POWorkerInput> input = parse_entry<POWorkerInput>(entry);
        if (!input) return std::nullopt;
        return po_answer(setting, worker.id, *input, why);
    }
    const Result<DeveloperWorkerInput> input = parse_entry<DeveloperWorkerInput>(entry);
    if (!input) return std::nullopt;
    return developer_answer(setting, *input, why);
}

std::string input_stream(const WorkerRow& worker) {
    return worker.config.worker_type == WorkerType::po ? names::po_input(worker.id)
                                                       : names::developer_input(worker.id);
}

Result<void> forget_on_bus(const WorkersSetting& setting, const WorkerRow& worker) {
    Bus bus(setting.redis);
    if (Result<int> answered = answer_for_dead(setting, bus, worker); !answered)
        return fail(std::move(answered.error()));
    Result<Connection*> connection = bus.connection();
    if (!connection) return fail(std::move(connection.error()));
    Result<Reply> deleted =
        (*connection)
            ->command({"DEL", input_stream(worker), names::worker_heartbeat(worker.id),
                       names::worker_status(worker.id)});
    if (!deleted) return fail(std::move(deleted.error()));
    return {};
}

Result<void> show_ended(const WorkersSetting& setting, const WorkerRow& worker) {
    Bus bus(setting.redis);
    Result<Connection*> connection = bus.connection();
    if (!connection) return fail(std::move(connection.error()));
    Result<Reply> set =
        (*connection)
            ->command(
                {"HSET", names::worker_status(worker.id), "status",
                 to_text(worker.error.empty() ? WorkerStatus::completed : WorkerStatus::failed),
                 "error", worker.error, "exit_code",
                 worker.exit_code ? std::to_string(*worker.exit_code) : std::string(), "updated_at",
                 format_timestamp(setting.clock.now())});
    if (!set) return fail(std::move(set.error()));
    return {};
}

// The latest row, changed by `change`, so that a delete that came meanwhile stays.
Result<void> change_row(const WorkersSetting& setting, const std::string& worker_id,
                        const std::function<Result<void>(Transaction&, WorkerRow&)>& change) {
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<WorkerRow>> current = workers::find(tx, worker_id);
        if (!current) return fail(std::move(current.error()));
        if (!*current) return {};
        if (Result<void> changed = change(tx, **current); !changed) return changed;
        return workers::update(tx, **current);
    });
}

}  // namespace

Result<void> settle_worker(const WorkersSetting& setting, WorkerRow worker) {
    const Result<WorkerInstance> instance = setting.runtime.inspect(worker.instance_id);
    if (!instance && instance.error().kind != ErrorKind::not_found) return fail(instance.error());
    if (instance && instance->running) return {};
    worker.phase = WorkerPhase::ended;
    worker.error = cause_of(instance ? &*instance : nullptr);
    worker.ended_at = setting.clock.now();
    if (instance && instance->exit_code) worker.exit_code = *instance->exit_code;
    Bus bus(setting.redis);
    Result<int> answered = answer_for_dead(setting, bus, worker);
    if (!answered) return fail(std::move(answered.error()));
    if (Result<void> shown = show_ended(setting, worker); !shown) return shown;
    setting.gate.close(worker.id);
    keep_evidence(setting, worker);
    return change_row(setting, worker.id, [&](Transaction&, WorkerRow& row) -> Result<void> {
        row.phase = worker.phase;
        row.error = worker.error;
        row.ended_at = worker.ended_at;
        row.exit_code = worker.exit_code;
        return {};
    });
}

Result<int> answer_for_dead(const WorkersSetting& setting, Bus& bus, const WorkerRow& worker) {
    Result<Connection*> connection = bus.connection();
    if (!connection) return fail(std::move(connection.error()));
    const std::string stream = input_stream(worker);
    Result<Reply> range = (*connection)->command({"XRANGE", stream, "-", "+", "COUNT", "100"});
    if (!range) return fail(std::move(range.error()));
    Entries entries;
    read_entries(stream, range->view(), entries);
    const std::string why =
        "Worker crashed: " + (worker.error.empty() ? "it had already ended" : worker.error);
    int published = 0;
    for (const Entry& entry : entries.present) {
        const std::optional<Answer> answer = answer_to(setting, worker, entry, why);
        if (!answer) continue;
        Result<AnswerOutcome> outcome = answer_once(**connection, *answer, nullptr);
        if (!outcome) return fail(std::move(outcome.error()));
        if (*outcome == AnswerOutcome::published) ++published;
    }
    return published;
}

Result<void> remove_worker(const WorkersSetting& setting, WorkerRow worker) {
    if (!worker.instance_id.empty()) {
        if (worker.phase == WorkerPhase::running) {
            if (Result<void> stopped = setting.runtime.stop(worker.instance_id, setting.stop_grace);
                !stopped && stopped.error().kind != ErrorKind::not_found)
                return stopped;
            if (Result<void> settled = settle_worker(setting, worker); !settled) return settled;
        }
        if (Result<void> removed = setting.runtime.remove(worker.instance_id);
            !removed && removed.error().kind != ErrorKind::not_found)
            return removed;
    }
    if (Result<void> forgotten = forget_on_bus(setting, worker); !forgotten) return forgotten;
    setting.gate.close(worker.id);
    if (Result<void> removed = remove_directories(setting, worker.id); !removed) return removed;
    setting.log.info("worker removed", {{"worker_id", worker.id}});
    return change_row(setting, worker.id, [&](Transaction& tx, WorkerRow& row) -> Result<void> {
        const bool never_created = row.phase == WorkerPhase::queued;
        row.phase = WorkerPhase::removed;
        row.slot.reset();
        if (never_created)
            if (Result<void> told = respond_not_created(tx, row, "deleted before it was created");
                !told)
                return told;
        return row.delete_request_id.empty() ? Result<void>{} : respond_deleted(tx, row);
    });
}

}  // namespace control
