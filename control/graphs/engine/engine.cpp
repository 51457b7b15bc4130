#include "control/graphs/engine/engine.h"

#include "contracts/base/id.h"
#include "control/graphs/engine/thread_log.h"

#include <algorithm>

namespace control::graphs {

Engine::Engine(const Clock& clock, Log log, EngineSettings settings, std::vector<Program> programs)
    : clock_(clock),
      log_(std::move(log)),
      settings_(std::move(settings)),
      programs_(std::move(programs)) {}

const Program* Engine::program(std::string_view graph) const {
    const auto found = std::find_if(programs_.begin(), programs_.end(),
                                    [&](const Program& one) { return one.graph.name == graph; });
    return found == programs_.end() ? nullptr : &*found;
}

const Graph* Engine::find(std::string_view graph) const {
    const Program* found = program(graph);
    return found == nullptr ? nullptr : &found->graph;
}

Result<bool> Engine::start(Queries& db, std::string_view name, const std::string& subject,
                           const Json& state) {
    const Graph* graph = find(name);
    if (graph == nullptr)
        return fail(ErrorKind::not_found, "there is no graph " + std::string(name), "graph");
    const Timestamp now = clock_.now();
    Thread thread;
    thread.id = contracts::make_uuid7(now);
    thread.graph = graph->name;
    thread.subject = subject;
    thread.node = graph->start;
    thread.state = contracts::dump_json(state);
    thread.created_at = thread.updated_at = thread.wake_at.emplace(now);
    Result<bool> inserted = threads::insert(db, thread);
    if (!inserted || !*inserted) return inserted;
    Claim claim = Claim::entered(std::move(thread), 0);
    claim.thread.fencing = 1;
    if (Result<void> moved = move(db, std::move(claim)); !moved) return moved.fault();
    return true;
}

Result<void> Engine::move(Queries& db, Claim claim) {
    Result<Commit> committed = commit(db, advance(std::move(claim)));
    if (!committed) return committed.fault();
    if (*committed == Commit::written) return {};
    // An isolated transaction never sees this; if it does, it is run again.
    return fail(ErrorKind::transient, "another daemon has moved the thread in the meantime");
}

namespace {

bool is_held(const Thread& thread, Timestamp now) {
    return thread.owner && thread.wake_at && *thread.wake_at > now;
}

}  // namespace

Result<Delivery> Engine::deliver(Queries& db, const Event& event) {
    const std::string key = event.key();
    Result<std::optional<ThreadWait>> wait = threads::find_wait(db, key);
    if (!wait) return wait.fault();
    if (!*wait) return Delivery::unknown;
    Result<std::optional<Thread>> thread = threads::find(db, (*wait)->thread_id);
    if (!thread) return thread.fault();
    if (!*thread) return Delivery::unknown;

    const Timestamp now = clock_.now();
    const ThreadStatus status = (*thread)->status;
    const bool open = status == ThreadStatus::running || status == ThreadStatus::waiting;
    const bool keep = status == ThreadStatus::running || status == ThreadStatus::paused ||
                      (open && is_held(**thread, now));
    Result<bool> fresh = threads::receive(
        db, {key, (*thread)->id, keep ? contracts::dump_json(event.body) : std::string()}, now);
    if (!fresh) return fresh.fault();
    if (!*fresh) return Delivery::duplicate;
    if (keep) return Delivery::kept;

    if (status == ThreadStatus::waiting && (*wait)->active) {
        Claim claim{.thread = std::move(**thread), .event = event};
        claim.stored_fencing = claim.thread.fencing++;
        if (Result<void> moved = move(db, std::move(claim)); !moved) return moved.fault();
        return Delivery::handled;
    }
    if (Result<void> seen = late(db, std::move(**thread), event); !seen) return seen.fault();
    return Delivery::late;
}

Result<bool> Engine::first_time(Queries& db, const Thread& thread, const std::string& key) {
    return threads::receive(db, {key, thread.id, {}}, clock_.now());
}

namespace {

std::unexpected<Error> not_now(const Thread& thread, std::string_view verb,
                               std::string_view instead) {
    return fail(ErrorKind::conflict,
                "flow " + thread.id + " is " + std::string(contracts::to_text(thread.status)) +
                    " and cannot be " + std::string(verb),
                "status", std::string(instead));
}

}  // namespace

Result<void> Engine::cancel(Queries& db, Thread thread, const std::string& reason) {
    if (!may_become(thread.status, ThreadStatus::cancelled))
        return not_now(thread, "cancelled", "it has ended");
    const Graph* graph = find(thread.graph);
    const std::int64_t fencing = thread.fencing++;
    thread.status = ThreadStatus::cancelled;
    thread.reason = reason;
    const Event event{std::string(kCancel), {}, Json{{"reason", reason}}};
    if (Result<void> changed = change(db, thread, fencing, graph ? graph->cancelled : Change(),
                                      event, "cancelled: " + reason);
        !changed)
        return changed;
    return threads::set_waits(db, thread.id, {});
}

Result<void> Engine::pause(Queries& db, Thread thread) {
    if (thread.status != ThreadStatus::running && thread.status != ThreadStatus::waiting)
        return not_now(thread, "paused", "only a running or waiting one can");
    const std::int64_t fencing = thread.fencing++;
    thread.status = ThreadStatus::paused;
    thread.owner.reset();
    return change(db, thread, fencing, Change(), {"pause", {}, Json::object()}, "paused");
}

Result<void> Engine::resume(Queries& db, Thread thread) {
    if (thread.status != ThreadStatus::paused)
        return not_now(thread, "resumed", "a blocked or failed one can be retried");
    Result<std::vector<ThreadWait>> waits = threads::waits(db, thread.id);
    if (!waits) return waits.fault();
    const bool waited =
        thread.deadline ||
        std::any_of(waits->begin(), waits->end(), [](const ThreadWait& w) { return w.active; });
    const std::int64_t fencing = thread.fencing++;
    thread.status = waited ? ThreadStatus::waiting : ThreadStatus::running;
    thread.wake_at = clock_.now();
    return change(db, thread, fencing, Change(), {"resume", {}, Json::object()}, "resumed");
}

Result<void> Engine::retry(Queries& db, Thread thread, const std::string& node, Json body) {
    const Graph* graph = find(thread.graph);
    if (graph == nullptr) return fail(ErrorKind::not_found, "there is no graph " + thread.graph);
    if (is_final(thread.status) || thread.status == ThreadStatus::running)
        return not_now(thread, "retried", "a blocked, failed, waiting or paused one can");
    if (!node.empty() && graph->find(node) == nullptr)
        return fail(ErrorKind::not_found, "graph " + thread.graph + " has no node " + node, "node");
    const std::int64_t fencing = thread.fencing++;
    if (!node.empty()) thread.node = node;
    thread.status = ThreadStatus::running;
    thread.reason.reset();
    thread.owner.reset();
    thread.deadline.reset();
    thread.wake_at = clock_.now();
    const Event event{std::string(kRetry), {}, std::move(body)};
    if (Result<void> changed =
            change(db, thread, fencing, graph->retried, event, "go to " + thread.node);
        !changed)
        return changed;
    return threads::set_waits(db, thread.id, {});
}

Result<void> Engine::late(Queries& db, Thread thread, const Event& event) {
    const Graph* graph = find(thread.graph);
    const std::int64_t fencing = thread.fencing++;
    if (Result<void> erased = threads::erase_wait(db, event.key()); !erased) return erased;
    return change(db, std::move(thread), fencing, graph ? graph->late : Change(), event, "late");
}

// A change that no node made: its decision, its row, its effects, its line in the history.
Result<void> Engine::change(Queries& db, Thread thread, std::int64_t fencing, const Change& decide,
                            const Event& event, std::string_view outcome) {
    const Timestamp now = clock_.now();
    Effects effects(thread.id, thread.step);
    const Result<Json> state = contracts::parse_json(thread.state);
    if (decide && state) {
        Result<Json> decided =
            decide(Turn{thread.id, thread.step, thread.node, now, *state, event}, effects);
        if (decided)
            thread.state = contracts::dump_json(*decided);
        else
            log_of(log_, thread)
                .error("the graph failed to handle a change to a thread",
                       {{"event", event.name}, {"error", decided.error().describe()}});
    }
    const ThreadStep step{thread.step, now, thread.node, event.name, std::string(outcome)};
    ++thread.step;
    thread.updated_at = now;
    if (Result<void> updated = threads::update(db, thread, fencing); !updated) return updated;
    if (Result<void> written = run_writers(db, thread.graph, effects.writes()); !written)
        return written;
    if (Result<void> written = write_effects(db, thread.id, effects.effects()); !written)
        return written;
    return threads::add_step(db, thread.id, step);
}

Result<std::int64_t> Engine::recover(Queries& db) {
    return threads::release(db, settings_.instance, clock_.now());
}

Result<void> Engine::show_graphs(Queries& db) const {
    for (const Program& program : programs_)
        if (Result<void> put = flow_graphs::put(db, outline(program.graph, clock_.now())); !put)
            return put;
    return {};
}

}  // namespace control::graphs
