#include "control/workers/people.h"

#include "control/store/commands.h"
#include "control/workers/evidence.h"
#include "control/workers/lifecycle.h"

namespace control {

using contracts::to_text;

namespace {

constexpr int kCommandsAtOnce = 100;
constexpr std::size_t kShownBytes = 64 << 10;
constexpr std::chrono::seconds kReadEvery{1};    // of a log that somebody follows
constexpr std::chrono::minutes kFollowedFor{2};  // then whoever still looks asks again

void note(const WorkersSetting& setting, const PersonCommand& command, std::string_view what) {
    setting.log.info(what, {{"command", to_text(command.command)},
                            {"worker_id", command.target_id},
                            {"command_id", command.id},
                            {"asked_by", command.asked_by},
                            {"user_id", command.user_id.value_or("")},
                            {"reason", command.reason.value_or("")}});
}

// Why it cannot be carried out; empty if it can.
std::optional<Error> objection(const PersonCommand& command, const std::optional<WorkerRow>& worker,
                               contracts::Timestamp now) {
    if (now - command.created_at > commands::kPatience)
        return Error{ErrorKind::conflict,
                     "no daemon picked the command up in time",
                     {},
                     "send it again if it is still wanted"};
    if (!worker) return Error{ErrorKind::not_found, "there is no worker " + command.target_id};
    const bool ended = worker->phase == WorkerPhase::ended || worker->phase == WorkerPhase::removed;
    if (command.command != CommandVerb::kill || !ended) return std::nullopt;
    return Error{ErrorKind::conflict, "worker " + worker->id + " has already ended" +
                                          (worker->error.empty() ? "" : ": " + worker->error)};
}

// A worker that waits for a place is refused by the admission.
Result<void> turn_away(Transaction& tx, PersonCommand& command, WorkerRow& worker,
                       contracts::Timestamp now) {
    command.status = CommandStatus::done;
    command.ended_at = now;
    std::string& asked = worker.delete_request_id;
    asked.append(asked.empty() ? "" : "\n").append(command.id);
    return workers::update(tx, worker);
}

Result<void> take_up(const WorkersSetting& setting, const std::string& id) {
    std::optional<PersonCommand> taken;
    const auto work = [&](Transaction& tx) -> Result<void> {
        taken.reset();
        Result<Stored<PersonCommand>> row = commands::find(tx, id);
        if (!row) return row.fault();
        PersonCommand& command = row->entity;
        if (command.status != CommandStatus::waiting) return {};
        Result<std::optional<WorkerRow>> worker = workers::find(tx, command.target_id);
        if (!worker) return worker.fault();
        const contracts::Timestamp now = setting.clock.now();
        if (*worker && is_of_another(setting, **worker) &&
            now - command.created_at <= commands::kPatience)
            return {};
        command.taken_by = setting.instance;
        command.taken_at = now;
        command.status = CommandStatus::taken;
        if (const auto why = objection(command, *worker, now))
            commands::refuse(command, *why, now);
        else if ((*worker)->phase == WorkerPhase::queued && command.command == CommandVerb::kill)
            if (Result<void> done = turn_away(tx, command, **worker, now); !done) return done;
        Result<bool> written = commands::update(tx, command);
        if (!written) return written.fault();
        taken = command;
        return {};
    };
    if (Result<void> done = setting.database.transaction(work); !done) return done;
    if (taken)
        note(setting, *taken,
             taken->status == CommandStatus::refused ? "a person's command was refused"
                                                     : "picked up a person's command");
    return {};
}

// Records how it ended; the outcome of a kill is in the worker's row.
Result<void> finish(const WorkersSetting& setting, PersonCommand& command) {
    command.ended_at = setting.clock.now();
    Result<void> done = setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<bool> written = commands::update(tx, command);
        return written ? Result<void>() : Result<void>(written.fault());
    });
    if (done) note(setting, command, "a person's command was carried out");
    return done;
}

// Fails with `not_found` where nothing of it is kept.
Result<std::string> read_output(const WorkersSetting& setting, const WorkerRow& worker) {
    Result<std::string> output =
        worker.instance_id.empty()
            ? Result<std::string>(fail(ErrorKind::not_found, "it has not written anything yet"))
            : setting.runtime.tail(worker.instance_id, kShownBytes);
    if (!output && output.error().kind == ErrorKind::not_found) {
        Result<std::optional<std::string>> kept = workers::last_output(setting.database, worker.id);
        if (!kept) return kept.fault();
        if (*kept) output = **std::move(kept);
    }
    return output ? storable(*std::move(output)) : output;
}

Result<void> show_output(const WorkersSetting& setting, PersonCommand& command,
                         const WorkerRow& worker) {
    Result<std::string> output = read_output(setting, worker);
    if (!output && output.error().kind != ErrorKind::not_found) return output.fault();
    command.status = CommandStatus::done;
    if (output)
        command.output = *std::move(output);
    else
        commands::refuse(command, {ErrorKind::not_found, "its output was not kept"},
                         setting.clock.now());
    return finish(setting, command);
}

bool is_over(const PersonCommand& command, const WorkerRow& worker, contracts::Timestamp now) {
    return worker.phase == WorkerPhase::ended || worker.phase == WorkerPhase::removed ||
           now - command.created_at > kFollowedFor;
}

// Its output moves on while it is taken. What the last look found stays with a worker's row and not
// with the command.
Result<void> follow_output(const WorkersSetting& setting, PersonCommand& command,
                           const WorkerRow& worker) {
    const contracts::Timestamp now = setting.clock.now();
    if (is_over(command, worker, now)) {
        command.status = CommandStatus::done;
        command.output.reset();
        return finish(setting, command);
    }
    if (command.output && now - *command.taken_at < kReadEvery) return {};
    Result<std::string> output = read_output(setting, worker);
    if (!output && output.error().kind != ErrorKind::not_found) return output.fault();
    command.output = output ? *std::move(output) : std::string();
    command.taken_at = now;
    return setting.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<bool> written = commands::update(tx, command);
        return written ? Result<void>() : Result<void>(written.fault());
    });
}

// A job that is done has the next pass begin at once, so a log is not read again before its time.
bool has_work(const PersonCommand& command, contracts::Timestamp now) {
    return command.command != CommandVerb::follow || !command.output ||
           now - command.taken_at.value_or(now) >= kReadEvery;
}

Result<void> kill(const WorkersSetting& setting, PersonCommand& command, WorkerRow& worker) {
    if (worker.phase == WorkerPhase::creating || worker.phase == WorkerPhase::queued) return {};
    if (worker.phase == WorkerPhase::running)
        if (Result<void> done = kill_worker(setting, worker); !done) return done;
    command.status = CommandStatus::done;
    return finish(setting, command);
}

Result<void> carry_out(const WorkersSetting& setting, PersonCommand& command, WorkerRow& worker) {
    if (command.command == CommandVerb::logs) return show_output(setting, command, worker);
    if (command.command == CommandVerb::follow) return follow_output(setting, command, worker);
    return kill(setting, command, worker);
}

}  // namespace

Result<std::vector<std::string>> take_up_commands(const WorkersSetting& setting) {
    Result<std::vector<PersonCommand>> waiting = commands::in_status(
        setting.database, CommandStatus::waiting, CommandTarget::worker, kCommandsAtOnce);
    if (!waiting) return waiting.fault();
    for (const PersonCommand& command : *waiting)
        if (Result<void> taken = take_up(setting, command.id); !taken) return taken.fault();
    Result<std::vector<PersonCommand>> open = commands::in_status(
        setting.database, CommandStatus::taken, CommandTarget::worker, kCommandsAtOnce);
    if (!open) return open.fault();
    std::vector<std::string> busy;
    for (PersonCommand& command : *open) {
        Result<std::optional<WorkerRow>> worker =
            workers::find(setting.database, command.target_id);
        if (!worker) return worker.fault();
        if (*worker && is_of_another(setting, **worker)) continue;
        if (*worker) {
            if (has_work(command, setting.clock.now()))
                busy.push_back(std::move(command.target_id));
            continue;
        }
        commands::refuse(command, {ErrorKind::not_found, "the worker's row was deleted"},
                         setting.clock.now());
        if (Result<void> done = finish(setting, command); !done) return done.fault();
    }
    return busy;
}

Result<void> obey_commands(const WorkersSetting& setting, WorkerRow& worker) {
    Result<std::vector<PersonCommand>> open = commands::in_status(
        setting.database, CommandStatus::taken, CommandTarget::worker, kCommandsAtOnce);
    if (!open) return open.fault();
    for (PersonCommand& command : *open) {
        if (command.target_id != worker.id) continue;
        if (Result<void> done = carry_out(setting, command, worker); !done) return done;
    }
    return {};
}

}  // namespace control
