#include "control/workers/intake.h"

#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/messages/worker_command.h"
#include "contracts/streams/names.h"

namespace control {

using namespace contracts;

namespace {

template <class Response>
Result<void> respond(Queries& db, WorkerType type, const Response& response) {
    return workers::add_response(db, response_stream(type), format_message(response));
}

// A key of the worker's own stays out of the row: it lies beside the worker's directories, for the
// gate alone.
WorkerRow make_row(const CreateWorker& command, const Clock& clock) {
    WorkerRow worker;
    worker.id = random_hex(8);
    worker.request_id = command.request_id;
    worker.config = command.config;
    worker.config.api_key.reset();
    worker.context = command.context;
    worker.created_at = clock.now();
    return worker;
}

Result<void> take(const WorkersSetting& setting, const CreateWorker& command) {
    if (command.config.api_key)
        return setting.database.transaction([&](Transaction& tx) {
            return respond_not_created(tx, make_row(command, setting.clock),
                                       "api_key: a key of a worker's own is not taken here; "
                                       "configure the daemon's");
        });
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<bool> inserted = workers::insert(tx, make_row(command, setting.clock));
        if (!inserted) return fail(std::move(inserted.error()));
        return {};
    });
}

Result<void> take(const WorkersSetting& setting, const DeleteWorker& command) {
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<WorkerRow>> found = workers::find(tx, command.worker_id);
        if (!found) return fail(std::move(found.error()));
        if (!*found)
            return respond(
                tx, WorkerType::developer,
                DeleteWorkerResponse{command.request_id, false, "no worker " + command.worker_id});
        WorkerRow& worker = **found;
        worker.delete_request_id = command.request_id;
        if (worker.phase == WorkerPhase::removed) return respond_deleted(tx, worker);
        return workers::update(tx, worker);
    });
}

WorkerState state_of(const WorkerRow& worker) {
    switch (worker.phase) {
        case WorkerPhase::queued:
            return WorkerState::queued;
        case WorkerPhase::creating:
            return WorkerState::starting;
        case WorkerPhase::running:
            return WorkerState::running;
        case WorkerPhase::ended:
        case WorkerPhase::removed:
            break;
    }
    return worker.error.empty() ? WorkerState::stopped : WorkerState::failed;
}

Result<void> take(const WorkersSetting& setting, const WorkerStatusQuery& command) {
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<WorkerRow>> found = workers::find(tx, command.worker_id);
        if (!found) return fail(std::move(found.error()));
        WorkerStatusResponse response{command.request_id, found->has_value(), {}, {}};
        if (!*found) {
            response.error = "no worker " + command.worker_id;
            return respond(tx, WorkerType::developer, response);
        }
        response.status = state_of(**found);
        if (!(*found)->error.empty()) response.error = (*found)->error;
        return respond(tx, (*found)->config.worker_type, response);
    });
}

}  // namespace

std::string_view response_stream(WorkerType type) {
    return type == WorkerType::po ? names::kWorkerResponsesPo : names::kWorkerResponsesDeveloper;
}

Result<void> respond_created(Queries& db, const WorkerRow& worker) {
    return respond(db, worker.config.worker_type,
                   CreateWorkerResponse{worker.request_id, true, worker.id, {}});
}

Result<void> respond_not_created(Queries& db, const WorkerRow& worker, const std::string& why) {
    return respond(db, worker.config.worker_type,
                   CreateWorkerResponse{worker.request_id, false, {}, why});
}

Result<void> respond_deleted(Queries& db, const WorkerRow& worker) {
    return respond(db, worker.config.worker_type,
                   DeleteWorkerResponse{worker.delete_request_id, true, {}});
}

Result<void> take_command(const WorkersSetting& setting, const Entry& entry) {
    if (Result<void> has = check_has_data(entry); !has) return has;
    Result<WorkerCommand> command = parse_worker_command(entry.data, entry.context());
    if (!command) return fail(std::move(command.error()));
    return std::visit([&](const auto& one) { return take(setting, one); }, *command);
}

}  // namespace control
