#include "control/workers/status.h"

#include "contracts/base/json.h"
#include "contracts/streams/image_use.h"
#include "contracts/streams/names.h"
#include "control/store/worker_life.h"
#include "control/workers/answers.h"

namespace control {

using namespace contracts;

namespace {

constexpr int kTerminatedExit = 143;  // 128 + SIGTERM

Result<Reply> ask(const WorkersSetting& setting, const OwnedCommand& command) {
    Bus bus(setting.redis);
    Result<Connection*> connection = bus.connection();
    if (!connection) return connection.fault();
    return (*connection)->command(command);
}

bool is_last_word(std::string_view status) {
    return status == to_text(WorkerStatus::completed) || status == to_text(WorkerStatus::failed) ||
           status == to_text(WorkerStatus::stopped);
}

}  // namespace

Result<void> show_starting(const WorkersSetting& setting, const WorkerRow& worker) {
    const std::string now = format_timestamp(setting.clock.now());
    Result<Reply> set =
        ask(setting, {"HSET", names::worker_status(worker.id), "status",
                      std::string(to_text(WorkerStatus::starting)), "worker_type",
                      std::string(to_text(worker.config.worker_type)), "task_id",
                      worker.about("task_id"), "started_at", now, "updated_at", now});
    if (!set) return set.fault();
    return {};
}

// For whoever removes unused images, which the next use would build again: so a failure is logged
// and no start is given up for it.
void show_image_used(const WorkersSetting& setting, const std::string& image) {
    constexpr std::string_view prefix = "worker:";
    if (!image.starts_with(prefix)) return;
    const Result<Reply> set =
        ask(setting, {"HSET", names::worker_image(image.substr(prefix.size())),
                      std::string(kImageLastUsed), format_timestamp(setting.clock.now())});
    if (!set)
        setting.log.warning("could not record the use of an image",
                            {{"image", image}, {"error", set.error().describe()}});
}

Result<void> show_ended(const WorkersSetting& setting, const WorkerRow& worker) {
    const std::string key = names::worker_status(worker.id);
    WorkerStatus status = WorkerStatus::failed;
    const bool ended_well =
        worker.error.empty() || (worker.cause && ended_as_wanted(*worker.cause));
    if (ended_well || worker.exit_code == kTerminatedExit) {
        Result<Reply> said = ask(setting, {"HGET", key, "status"});
        if (!said) return said.fault();
        if (is_last_word(said->view().text())) return {};
        if (ended_well) status = WorkerStatus::stopped;
    }
    OwnedCommand command{
        "HSET",  key,          "status",     std::string(to_text(status)),
        "error", worker.error, "updated_at", format_timestamp(setting.clock.now())};
    if (worker.exit_code)
        command.insert(command.end(), {"exit_code", std::to_string(*worker.exit_code)});
    Result<Reply> set = ask(setting, command);
    if (!set) return set.fault();
    return {};
}

Result<std::string> session_of(Bus& bus, const WorkerRow& worker) {
    Result<Connection*> connection = bus.connection();
    if (!connection) return connection.fault();
    Result<Reply> said = (*connection)->command({"GET", names::worker_session(worker.id)});
    if (!said) return said.fault();
    const auto session = parse_json(said->view().text());
    std::string id = session ? text_at(*session, "session_id") : std::string();
    return id.empty() ? worker.about("session_id") : id;
}

Result<void> erase_from_bus(const WorkersSetting& setting, const WorkerRow& worker) {
    Result<Reply> deleted =
        ask(setting, {"DEL", input_stream(worker), names::worker_heartbeat(worker.id),
                      names::worker_status(worker.id)});
    if (!deleted) return deleted.fault();
    return {};
}

std::vector<std::string> queue_entries(const std::vector<WorkerRow>& queued) {
    std::vector<std::string> entries;
    for (const WorkerRow& worker : queued)
        entries.push_back(
            dump_json(Json{{"request_id", worker.request_id},
                           {"worker_id", worker.id},
                           {"name", worker.config.name},
                           {"worker_type", std::string(to_text(worker.config.worker_type))},
                           {"created_at", format_timestamp(worker.created_at)}}));
    return entries;
}

Result<void> show_queue(Bus& bus, const std::vector<std::string>& entries) {
    Result<Connection*> connection = bus.connection();
    if (!connection) return connection.fault();
    std::vector<OwnedCommand> commands{{"DEL", std::string(names::kWorkerCreationQueue)}};
    if (!entries.empty()) {
        OwnedCommand push{"RPUSH", std::string(names::kWorkerCreationQueue)};
        push.insert(push.end(), entries.begin(), entries.end());
        commands.push_back(std::move(push));
    }
    Result<std::optional<Reply>> shown = (*connection)->transaction(commands);
    if (!shown) return shown.fault();
    return {};
}

}  // namespace control
