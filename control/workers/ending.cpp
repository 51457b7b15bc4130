#include "contracts/base/trace_id.h"
#include "control/workers/answers.h"
#include "control/workers/cause.h"
#include "control/workers/directories.h"
#include "control/workers/evidence.h"
#include "control/workers/host_session.h"
#include "control/workers/intake.h"
#include "control/workers/lifecycle.h"
#include "control/workers/sessions.h"
#include "control/workers/status.h"
#include "control/workers/transcript.h"

namespace control {

using namespace contracts;

namespace {

constexpr std::size_t kEvidenceBytes = 8192;
constexpr std::size_t kLoggedBytes = 2048;

// The end of what it wrote; absent: the runtime does not say.
std::optional<std::string> read_evidence(const WorkersSetting& setting, const WorkerRow& worker) {
    Result<std::string> tail =
        worker.instance_id.empty()
            ? Result<std::string>(fail(ErrorKind::not_found, "it was another daemon's"))
            : setting.runtime.tail(worker.instance_id, kEvidenceBytes);
    const std::string last =
        tail ? tail->substr(tail->size() - std::min(tail->size(), kLoggedBytes)) : std::string();
    log_of(setting, worker)
        .info("worker ended", {{"exit_code", worker.exit_code.value_or(-1)},
                               {"error", worker.error},
                               {"last_output", last}});
    return tail ? std::optional(storable(*std::move(tail))) : std::nullopt;
}

// For the user's next Product Owner, which otherwise gets a summary of the conversation.
void keep_memory(const WorkersSetting& setting, const WorkerRow& worker,
                 const Result<std::string>& session) {
    if (worker.config.worker_type != WorkerType::po) return;
    const Result<void> kept = session ? keep_session(setting, worker, *session) : session.fault();
    if (!kept)
        log_of(setting, worker)
            .warning("a Product Owner's session is not kept", {{"error", kept.error().describe()}});
}

// Without lines: there is nothing to keep, or it could not be read.
std::vector<TranscriptLine> transcript_of(const WorkersSetting& setting, const WorkerRow& worker,
                                          const Result<std::string>& session) {
    Result<std::vector<TranscriptLine>> lines =
        session ? read_transcript(setting, worker, *session) : session.fault();
    if (lines) return *std::move(lines);
    log_of(setting, worker)
        .warning("a worker's transcript is not kept", {{"error", lines.error().describe()}});
    return {};
}

// The latest row, changed by `change`, so that a delete that came meanwhile stays. One that is no
// longer ours is left as it is.
Result<void> change_row(const WorkersSetting& setting, const std::string& worker_id,
                        const std::function<Result<void>(Transaction&, WorkerRow&)>& change) {
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::optional<WorkerRow>> current = workers::find(tx, worker_id);
        if (!current) return current.fault();
        if (!*current || !is_ours(setting, **current)) return {};
        if (Result<void> changed = change(tx, **current); !changed) return changed;
        return workers::update(tx, **current);
    });
}

// What the runtime says of it; nothing when it no longer has it, or when it was another daemon's
// instance, which is gone with that daemon.
Result<std::optional<WorkerInstance>> look_at(const WorkersSetting& setting,
                                              const WorkerRow& worker) {
    if (worker.instance_id.empty()) return std::optional<WorkerInstance>();
    Result<WorkerInstance> instance = setting.runtime.inspect(worker.instance_id);
    if (instance) return std::optional(std::move(*instance));
    if (instance.error().kind == ErrorKind::not_found) return std::optional<WorkerInstance>();
    return instance.fault();
}

// `ours`: why this daemon has just had it stopped.
Result<void> settle(const WorkersSetting& setting, WorkerRow& worker,
                    std::optional<EndCause> ours) {
    const Result<std::optional<WorkerInstance>> found = look_at(setting, worker);
    if (!found) return found.fault();
    const std::optional<WorkerInstance>& instance = *found;
    if (instance && instance->running) return {};
    worker.ended_at = setting.clock.now();
    if (instance && instance->exit_code) worker.exit_code = *instance->exit_code;
    worker.cause = cause_of(instance, ours);
    worker.error = describe(*worker.cause, worker.exit_code);
    // The doors first: what was not quite dead says nothing more.
    setting.gate.close(worker.id);
    try_return_host_session(setting, worker);
    Bus bus(setting.redis);
    // Before anybody hears of its end, and has the next one made.
    const Result<std::string> session = session_of(bus, worker);
    keep_memory(setting, worker, session);
    if (Result<int> answered = answer_for_dead(setting, bus, worker); !answered)
        return answered.fault();
    if (Result<void> shown = show_ended(setting, worker); !shown) return shown;
    const std::optional<std::string> evidence = read_evidence(setting, worker);
    std::vector<TranscriptLine> transcript = transcript_of(setting, worker, session);
    worker.phase = WorkerPhase::ended;
    return change_row(setting, worker.id, [&](Transaction& tx, WorkerRow& row) -> Result<void> {
        if (evidence)
            if (Result<void> kept = workers::keep_output(tx, worker.id, *evidence); !kept)
                return kept;
        if (!transcript.empty())
            if (Result<void> kept = transcripts::keep(tx, worker.id, transcript, *worker.ended_at);
                !kept)
                return kept;
        row.phase = worker.phase;
        row.error = worker.error;
        row.cause = worker.cause;
        row.ended_at = worker.ended_at;
        row.exit_code = worker.exit_code;
        return {};
    });
}

}  // namespace

contracts::Log log_of(const WorkersSetting& setting, const WorkerRow& worker) {
    return contracts::log_of_request(setting.log.with("worker_id", worker.id),
                                     worker.about("correlation_id"), worker.about("traceparent"));
}

Result<void> settle_worker(const WorkersSetting& setting, WorkerRow& worker) {
    return settle(setting, worker, std::nullopt);
}

Result<void> kill_worker(const WorkersSetting& setting, WorkerRow& worker) {
    // One that has already ended by itself keeps its own cause.
    if (Result<void> settled = settle(setting, worker, std::nullopt); !settled) return settled;
    if (worker.phase != WorkerPhase::running) return {};
    if (Result<void> killed = setting.runtime.kill(worker.instance_id);
        !killed && killed.error().kind != ErrorKind::not_found)
        return killed;
    if (Result<void> settled = settle(setting, worker, EndCause::stopped); !settled) return settled;
    if (worker.phase == WorkerPhase::ended) return {};
    return fail(ErrorKind::transient, "it still runs after it was killed");
}

Result<void> end_worker(const WorkersSetting& setting, WorkerRow& worker, EndCause why) {
    if (Result<void> settled = settle(setting, worker, std::nullopt); !settled) return settled;
    if (worker.phase != WorkerPhase::running) return {};
    setting.log.warning("a worker is ended by the daemon",
                        {{"worker_id", worker.id}, {"cause", to_text(why)}});
    Result<void> stopped = why == EndCause::hung
                               ? setting.runtime.kill(worker.instance_id)
                               : setting.runtime.stop(worker.instance_id, setting.stop_grace);
    if (!stopped && stopped.error().kind != ErrorKind::not_found) return stopped;
    if (Result<void> settled = settle(setting, worker, why); !settled) return settled;
    if (worker.phase == WorkerPhase::ended) return {};
    return fail(ErrorKind::transient, "it still runs after it was stopped");
}

Result<void> remove_worker(const WorkersSetting& setting, WorkerRow worker) {
    // One that has already ended by itself keeps its own cause.
    if (worker.phase == WorkerPhase::running)
        if (Result<void> settled = settle(setting, worker, std::nullopt); !settled) return settled;
    if (worker.phase == WorkerPhase::running) {
        if (Result<void> stopped = setting.runtime.stop(worker.instance_id, setting.stop_grace);
            !stopped && stopped.error().kind != ErrorKind::not_found)
            return stopped;
        if (Result<void> settled = settle(setting, worker, EndCause::stopped); !settled)
            return settled;
        if (worker.phase != WorkerPhase::ended)
            return fail(ErrorKind::transient, "it still runs after it was stopped");
    }
    Result<void> removed = worker.instance_id.empty() ? remove_instances_of(setting, worker)
                                                      : setting.runtime.remove(worker.instance_id);
    if (!removed && removed.error().kind != ErrorKind::not_found) return removed;
    // If the worker has ended, its login came back then, and the next worker may have it now.
    if (worker.phase == WorkerPhase::creating) try_return_host_session(setting, worker);
    Bus bus(setting.redis);
    if (Result<int> answered = answer_for_dead(setting, bus, worker); !answered)
        return answered.fault();
    if (Result<void> erased = erase_from_bus(setting, worker); !erased) return erased;
    setting.gate.close(worker.id);
    if (Result<void> removed = remove_directories(setting, worker.id); !removed) return removed;
    log_of(setting, worker).info("worker removed");
    return change_row(setting, worker.id, [&](Transaction& tx, WorkerRow& row) -> Result<void> {
        row.phase = WorkerPhase::removed;
        row.slot.reset();
        return respond_deleted(tx, setting, row);
    });
}

}  // namespace control
