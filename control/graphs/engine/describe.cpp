#include "control/graphs/engine/describe.h"

namespace control::graphs {

namespace {

constexpr int kShownSteps = 50;

Result<Json> undelivered_of(Queries& db, const std::string& thread) {
    Result<Rows> rows = db.query(
        "SELECT key, kind, target, attempts FROM thread_outbox WHERE thread_id = $1 "
        "ORDER BY seq LIMIT 50",
        {thread});
    if (!rows) return fail(std::move(rows.error()));
    Json effects = Json::array();
    for (const Row& row : rows->rows)
        effects.push_back({{"key", row.text(0)},
                           {"kind", row.text(1)},
                           {"target", row.text(2)},
                           {"attempts", row.integer(3)}});
    return effects;
}

}  // namespace

Json summary(const Thread& thread) {
    Json shown{{"id", thread.id},
               {"graph", thread.graph},
               {"subject", thread.subject},
               {"node", thread.node},
               {"status", contracts::to_text(thread.status)},
               {"step", thread.step},
               {"created_at", contracts::format_timestamp(thread.created_at)},
               {"updated_at", contracts::format_timestamp(thread.updated_at)}};
    if (thread.reason) shown["reason"] = *thread.reason;
    if (thread.owner) shown["owner"] = *thread.owner;
    if (thread.wake_at) shown["wake_at"] = contracts::format_timestamp(*thread.wake_at);
    if (thread.deadline) shown["deadline"] = contracts::format_timestamp(*thread.deadline);
    return shown;
}

Result<Json> describe(Queries& db, const Engine& engine, const std::string& id) {
    Result<std::optional<Thread>> thread = threads::find(db, id);
    if (!thread) return fail(std::move(thread.error()));
    if (!*thread) return fail(ErrorKind::not_found, "there is no thread " + id);
    Result<std::vector<ThreadWait>> waits = threads::waits(db, id);
    if (!waits) return fail(std::move(waits.error()));
    Result<std::vector<ThreadStep>> steps = threads::steps(db, id, kShownSteps);
    if (!steps) return fail(std::move(steps.error()));
    Result<Json> effects = undelivered_of(db, id);
    if (!effects) return effects;

    Json shown = summary(**thread);
    Result<Json> state = contracts::parse_json((*thread)->state);
    shown["state"] = state ? std::move(*state) : Json((*thread)->state);
    shown["waits_for"] = Json::array();
    for (const ThreadWait& wait : *waits)
        if (wait.active) shown["waits_for"].push_back(wait.key);
    shown["steps"] = Json::array();
    for (const ThreadStep& step : *steps)
        shown["steps"].push_back({{"step", step.step},
                                  {"at", contracts::format_timestamp(step.at)},
                                  {"node", step.node},
                                  {"event", step.event},
                                  {"outcome", step.outcome}});
    shown["undelivered"] = std::move(*effects);
    shown["drawing"] = engine.draw(**thread);
    return shown;
}

}  // namespace control::graphs
