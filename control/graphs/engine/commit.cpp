// Committing: claims, and the one transaction that writes a decision.
#include "control/graphs/engine/engine.h"

#include "control/graphs/engine/thread_log.h"

namespace control::graphs {

Result<void> Engine::write_effects(Queries& db, const std::string& thread,
                                   const std::vector<Effect>& effects) {
    const Timestamp now = clock_.now();
    for (const Effect& effect : effects) {
        OutboxEffect row;
        row.key = effect.key;
        row.thread_id = thread;
        row.kind = effect.kind == EffectKind::publish ? "publish" : "call";
        row.target = effect.target;
        row.body = contracts::dump_json(effect.body);
        row.owner = settings_.instance;
        row.lease_until = now + settings_.lease;
        row.next_at = now;
        // A call of a role that this daemon does not have has no owner until a daemon with the role
        // takes it.
        if (effect.kind == EffectKind::call && !settings_.calls.takes(effect.target)) {
            row.owner.clear();
            row.lease_until = now;
        }
        if (Result<void> added = threads::add_effect(db, row); !added) return added;
    }
    return {};
}

Result<void> Engine::run_writers(Queries& db, std::string_view graph,
                                 const std::vector<Write>& writes) {
    if (writes.empty()) return {};
    const Timestamp now = clock_.now();
    const Program* known = program(graph);
    for (const Write& write : writes) {
        const auto writer =
            known == nullptr ? Writers::const_iterator() : known->writers.find(write.name);
        if (known == nullptr || writer == known->writers.end())
            return fail(ErrorKind::fatal, "there is no writer " + write.name);
        if (Result<void> written = writer->second(db, write.body, now); !written)
            return fail(std::move(written.error()).context(write.name));
    }
    return {};
}

// Writes the rows of a decision, after the thread's own row.
Result<void> Engine::write_rest(Queries& db, const Decision& decision) {
    const Claim& claim = decision.claim;
    const std::string& id = decision.after.id;
    if (!claim.event.id.empty())
        if (Result<void> erased = threads::erase_wait(db, claim.event.key()); !erased)
            return erased;
    if (Result<void> waits = threads::set_waits(db, id, decision.waits); !waits) return waits;
    if (Result<void> written = write_effects(db, id, decision.effects); !written) return written;
    for (const ThreadStep& step : decision.steps) {
        if (Result<void> added = threads::add_step(db, id, step); !added) return added;
        if (step.step % (settings_.history / 4 + 1) == 0)
            if (Result<void> compacted =
                    threads::compact_steps(db, id, step.step, settings_.history);
                !compacted)
                return compacted;
    }
    return {};
}

// An entity refused what the nodes decided: nothing of it is written, and the thread ends or asks a
// person.
Result<void> Engine::give_up(Queries& db, const Decision& decision, const Error& error) {
    Thread thread = decision.claim.thread;
    if (error.kind == ErrorKind::conflict) return cancel(db, std::move(thread), error.message);
    thread.status = ThreadStatus::blocked;
    thread.reason = error.describe();
    thread.owner.reset();
    const std::int64_t fencing = thread.fencing++;
    if (Result<void> blocked = change(db, thread, fencing, Change(), decision.claim.event,
                                      "blocked: " + *thread.reason);
        !blocked)
        return blocked;
    return threads::set_waits(db, thread.id, {});
}

Result<Commit> Engine::commit(Queries& db, const Decision& decision, bool hold) {
    Thread after = decision.after;
    const Timestamp now = clock_.now();
    const bool held = hold && after.status == ThreadStatus::running;
    after.owner = held ? std::optional(settings_.instance) : std::nullopt;
    if (after.status == ThreadStatus::running) after.wake_at = held ? now + settings_.lease : now;
    Result<bool> updated = threads::update_if(db, after, decision.claim.stored_fencing);
    if (!updated) return updated.fault();
    if (!*updated) return Commit::fenced;
    if (Result<void> written = write_all(db, decision, after); !written) return written.fault();
    return Commit::written;
}

// Writes everything that belongs to a decision except its thread's row, which has been written as
// `after`.
Result<void> Engine::write_all(Queries& db, const Decision& decision, const Thread& after) {
    const Claim& claim = decision.claim;
    if (claim.from_mailbox)
        if (Result<void> handled = threads::mark_handled(db, claim.event.key()); !handled)
            return handled;
    if (Result<void> written = run_writers(db, after.graph, decision.writes); !written) {
        if (contracts::is_retryable(written.error().kind)) return written;
        return give_up(db, decision, written.error());
    }
    if (Result<void> written = write_rest(db, decision); !written) return written;
    if (after.status != ThreadStatus::waiting) return {};
    Result<std::optional<InboxEvent>> mail = threads::next_received(db, after.id);
    if (!mail) return mail.fault();
    if (!*mail) return {};
    Thread woken = after;
    woken.wake_at = clock_.now();
    return threads::update(db, woken, woken.fencing);
}

// Claims a waiting thread that is due: with its oldest event, or else because its deadline has
// passed. Empty: neither is the case.
Result<std::optional<Claim>> Engine::claim_waiting(Queries& db, Thread thread) {
    while (true) {
        Result<std::optional<InboxEvent>> mail = threads::next_received(db, thread.id);
        if (!mail) return mail.fault();
        if (!*mail) break;
        const std::string& key = (*mail)->key;
        const std::size_t colon = key.find(':');
        Result<Json> body = contracts::parse_json((*mail)->body);
        Event event{key.substr(0, colon), key.substr(colon + 1),
                    body ? std::move(*body) : Json::object()};
        Result<std::optional<ThreadWait>> wait = threads::find_wait(db, key);
        if (!wait) return wait.fault();
        if (*wait && (*wait)->active)
            return Claim{
                .thread = std::move(thread), .event = std::move(event), .from_mailbox = true};
        if (Result<void> handled = threads::mark_handled(db, key); !handled) return handled.fault();
        if (Result<void> seen = late(db, thread, event); !seen) return seen.fault();
        Result<std::optional<Thread>> again = threads::find(db, thread.id);
        if (!again) return again.fault();
        thread = std::move(**again);
    }
    const Timestamp now = clock_.now();
    if (thread.deadline && *thread.deadline <= now)
        return Claim{.thread = std::move(thread), .event = {.name = std::string(kTimeout)}};
    const std::int64_t fencing = thread.fencing++;
    thread.wake_at = thread.deadline;
    thread.owner.reset();
    if (Result<void> slept = threads::update(db, thread, fencing); !slept) return slept.fault();
    return std::nullopt;
}

Result<std::vector<Claim>> Engine::claim_due(Queries& db, int limit) {
    const Timestamp now = clock_.now();
    Result<std::vector<Thread>> due = threads::due(db, now, limit);
    if (!due) return due.fault();
    std::vector<Claim> claims;
    for (Thread& thread : *due) {
        std::optional<Claim> claim;
        if (thread.status == ThreadStatus::running) {
            claim = Claim::entered(std::move(thread), 0);
        } else {
            Result<std::optional<Claim>> waiting = claim_waiting(db, std::move(thread));
            if (!waiting) return waiting.fault();
            claim = std::move(*waiting);
        }
        if (!claim) continue;
        Thread leased = claim->thread;
        leased.owner = settings_.instance;
        leased.wake_at = now + settings_.lease;
        leased.fencing = claim->thread.fencing + 1;
        Result<bool> taken = threads::update_if(db, leased, claim->thread.fencing);
        if (!taken) return taken.fault();
        if (!*taken) continue;
        claim->thread = std::move(leased);
        claim->stored_fencing = claim->thread.fencing;
        claims.push_back(std::move(*claim));
    }
    return claims;
}

Result<std::int64_t> Engine::run_due(Database& db, int limit) {
    Result<std::vector<Thread>> due = threads::due(db, clock_.now(), 1);
    if (!due) return due.fault();
    if (due->empty()) return 0;
    std::vector<Claim> claims;
    const auto claim = [&](Transaction& tx) -> Result<void> {
        Result<std::vector<Claim>> claimed = claim_due(tx, limit);
        if (!claimed) return claimed.fault();
        claims = std::move(*claimed);
        return {};
    };
    if (Result<void> claimed = db.transaction(claim); !claimed) return claimed.fault();
    constexpr int kCommitsPerPass = 16;
    std::int64_t steps = 0;
    for (int round = 1; !claims.empty() && round <= kCommitsPerPass; ++round) {
        Result<std::int64_t> done = run_claims(db, claims, round < kCommitsPerPass);
        if (!done) return done;
        steps += *done;
    }
    return steps;
}

// Advances and commits `claims`, and keeps those that are still ours.
Result<std::int64_t> Engine::run_claims(Database& db, std::vector<Claim>& claims, bool hold) {
    std::vector<Decision> decisions;
    decisions.reserve(claims.size());
    for (Claim& one : claims)
        decisions.push_back(advance(std::move(one)));
    claims.clear();
    std::vector<bool> fenced;
    const auto write = [&](Transaction& tx) -> Result<void> {
        fenced.assign(decisions.size(), false);
        for (std::size_t i = 0; i < decisions.size(); ++i) {
            Result<Commit> committed = commit(tx, decisions[i], hold);
            if (!committed) return committed.fault();
            fenced[i] = *committed == Commit::fenced;
        }
        return {};
    };
    if (Result<void> written = db.transaction(write); !written) return written.fault();
    std::int64_t steps = 0;
    for (std::size_t i = 0; i < decisions.size(); ++i) {
        Decision& decision = decisions[i];
        if (fenced[i]) {
            log_of(log_, decision.after).info("a step came too late: the thread has moved on");
            continue;
        }
        steps += static_cast<std::int64_t>(decision.steps.size());
        if (hold && decision.after.status == ThreadStatus::running) {
            const std::int64_t fencing = decision.after.fencing;
            claims.push_back(Claim::entered(std::move(decision.after), fencing));
        }
    }
    return steps;
}

}  // namespace control::graphs
