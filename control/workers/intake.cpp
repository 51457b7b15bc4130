#include "control/workers/intake.h"

#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/messages/worker_command.h"
#include "contracts/streams/names.h"
#include "control/store/worker_life.h"
#include "control/workers/host_session.h"
#include "control/workers/limits.h"

namespace control {

using namespace contracts;

namespace {

template <class Response>
Result<void> respond(Queries& db, const WorkersSetting& setting, WorkerType type,
                     const Response& response) {
    return workers::add_response(db, setting.instance, response_stream(type),
                                 format_message(response));
}

// About a worker that nobody knows, or that the command does not name: whoever asked reads one of
// the two streams, and knows its own request.
Result<void> respond_to_unknown(Queries& db, const WorkersSetting& setting,
                                const DeleteWorkerResponse& response) {
    if (Result<void> told = respond(db, setting, WorkerType::developer, response); !told)
        return told;
    return respond(db, setting, WorkerType::po, response);
}

// It waits for whichever daemon has room first.
WorkerRow make_row(const CreateWorker& command, Timestamp created_at) {
    WorkerRow worker;
    worker.id = random_hex(8);
    worker.request_id = command.request_id;
    worker.config = command.config;
    worker.context = command.context;
    worker.context.try_emplace("correlation_id", command.correlation_id);
    if (command.traceparent) worker.context.try_emplace("traceparent", *command.traceparent);
    worker.created_at = created_at;
    return worker;
}

// Those that wait are served in the order of their times, so no two of them have the same.
Result<Timestamp> time_in_queue(Queries& db, Timestamp now) {
    Result<std::vector<WorkerRow>> queued = workers::in_phase(db, WorkerPhase::queued);
    if (!queued) return queued.fault();
    if (queued->empty() || queued->back().created_at < now) return now;
    return queued->back().created_at + std::chrono::milliseconds(1);
}

// A create that is refused at once: its row remembers that it was answered, so that a second
// delivery is not answered again.
Result<void> refuse_create(Transaction& tx, const WorkersSetting& setting, WorkerRow worker,
                           std::string why) {
    worker.config.api_key.reset();
    Result<bool> inserted = workers::insert(tx, worker);
    if (!inserted) return inserted.fault();
    if (!*inserted) return {};
    worker.phase = WorkerPhase::removed;
    worker.error = std::move(why);
    if (Result<void> updated = workers::update(tx, worker); !updated) return updated;
    return respond_not_created(tx, setting, worker, worker.error);
}

// What the contract allows and this manager does not do. Empty: nothing of it is asked for.
std::string not_done_here(const WorkersSetting& setting, const WorkerConfig& config) {
    // A key of the worker's own would have to enter the worker or the store.
    if (config.api_key)
        return "config.api_key: a key of a worker's own is not taken here; configure the daemon's";
    if (config.limits)
        if (Result<void> granted = check_limits(setting, *config.limits); !granted)
            return granted.error().describe();
    return {};
}

Result<void> take(const WorkersSetting& setting, const CreateWorker& command) {
    WorkerConfig config = command.config;
    const Result<void> chosen = config.auth_mode == AuthMode::host_session
                                    ? choose_host_session(setting, config)
                                    : Result<void>();
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<Timestamp> created_at = time_in_queue(tx, setting.clock.now());
        if (!created_at) return created_at.fault();
        WorkerRow worker = make_row(command, *created_at);
        if (std::string why = not_done_here(setting, worker.config); !why.empty())
            return refuse_create(tx, setting, std::move(worker), std::move(why));
        if (!chosen)
            return refuse_create(tx, setting, std::move(worker), chosen.error().describe());
        worker.config = config;
        Result<bool> inserted = workers::insert(tx, worker);
        if (!inserted) return inserted.fault();
        return {};
    });
}

bool has_line(std::string_view lines, std::string_view line) {
    while (!lines.empty()) {
        const std::string_view one = lines.substr(0, lines.find('\n'));
        if (one == line) return true;
        lines.remove_prefix(std::min(one.size() + 1, lines.size()));
    }
    return false;
}

Result<void> take(const WorkersSetting& setting, const DeleteWorker& command) {
    if (command.request_id.find('\n') != std::string::npos)
        return fail(ErrorKind::invalid, "must be one line", "request_id");
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<WorkerRow>> found = workers::find(tx, command.worker_id);
        if (!found) return found.fault();
        if (!*found)
            return respond_to_unknown(
                tx, setting, {command.request_id, false, "no worker " + command.worker_id});
        WorkerRow& worker = **found;
        if (worker.phase == WorkerPhase::removed) {
            worker.delete_request_id = command.request_id;
            return respond_deleted(tx, setting, worker);
        }
        // Several may ask while it is under way; each gets its answer.
        std::string& asked = worker.delete_request_id;
        if (has_line(asked, command.request_id)) return {};
        asked.append(asked.empty() ? "" : "\n").append(command.request_id);
        return workers::update(tx, worker);
    });
}

Result<void> take(const WorkersSetting& setting, const WorkerStatusQuery& command) {
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<WorkerRow>> found = workers::find(tx, command.worker_id);
        if (!found) return found.fault();
        if (!*found)
            return respond_to_unknown(
                tx, setting, {command.request_id, false, "no worker " + command.worker_id});
        WorkerStatusResponse response{command.request_id, true, {}, {}};
        response.status = state_of(**found);
        if (!(*found)->error.empty()) response.error = (*found)->error;
        return respond(tx, setting, (*found)->config.worker_type, response);
    });
}

// The text under a key; an integer counts as its digits, as everywhere for identifiers.
std::string identifier_at(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (found == object.end()) return {};
    if (found->is_number_integer()) return found->dump();
    return found->is_string() ? found->get<std::string>() : std::string();
}

// A command that cannot be read goes to the dead letters. If its request_id can be read, the
// sender gets a response with the reason.
Result<void> tell_refused(const WorkersSetting& setting, std::string_view data,
                          const Error& reason) {
    const Result<Json> document = parse_json(data);
    if (!document) return {};
    const std::string request_id = identifier_at(*document, "request_id");
    if (request_id.empty()) return {};
    const auto config = document->find("config");
    const auto type = config == document->end()
                          ? std::nullopt
                          : parse_choice<WorkerType>(identifier_at(*config, "worker_type"));
    const bool is_create = identifier_at(*document, "command") == "create" && type.has_value();
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        if (!is_create)
            return respond_to_unknown(tx, setting, {request_id, false, reason.describe()});
        CreateWorker refused;
        refused.request_id = request_id;
        refused.config.name = "refused";
        refused.config.worker_type = *type;
        return refuse_create(tx, setting, make_row(refused, setting.clock.now()),
                             reason.describe());
    });
}

}  // namespace

std::string_view response_stream(WorkerType type) {
    return type == WorkerType::po ? names::kWorkerResponsesPo : names::kWorkerResponsesDeveloper;
}

Result<void> respond_created(Queries& db, const WorkersSetting& setting, const WorkerRow& worker) {
    return respond(db, setting, worker.config.worker_type,
                   CreateWorkerResponse{worker.request_id, true, worker.id, {}});
}

Result<void> respond_not_created(Queries& db, const WorkersSetting& setting,
                                 const WorkerRow& worker, const std::string& why) {
    return respond(db, setting, worker.config.worker_type,
                   CreateWorkerResponse{worker.request_id, false, {}, why});
}

Result<void> respond_deleted(Queries& db, const WorkersSetting& setting, const WorkerRow& worker) {
    std::string_view asked = worker.delete_request_id;
    while (!asked.empty()) {
        const std::string_view one = asked.substr(0, asked.find('\n'));
        if (Result<void> told = respond(db, setting, worker.config.worker_type,
                                        DeleteWorkerResponse{std::string(one), true, {}});
            !told)
            return told;
        asked.remove_prefix(std::min(one.size() + 1, asked.size()));
    }
    return {};
}

Result<void> take_command(const WorkersSetting& setting, const Entry& entry) {
    if (Result<void> has = check_has_data(entry); !has) return has;
    Result<WorkerCommand> command = parse_worker_command(entry.data, entry.context());
    Result<void> taken =
        command ? std::visit([&](const auto& one) { return take(setting, one); }, *command)
                : Result<void>(command.fault());
    if (taken || taken.error().kind != ErrorKind::invalid) return taken;
    if (Result<void> told = tell_refused(setting, entry.data, taken.error()); !told) return told;
    return taken;
}

}  // namespace control
