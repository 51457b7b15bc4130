#include "control/store/retention.h"

#include "control/store/audit_log.h"
#include "control/store/chat_lines.h"
#include "control/store/chats.h"
#include "control/store/commands.h"
#include "control/store/conversations.h"
#include "control/store/daemons.h"
#include "control/store/forge_deliveries.h"
#include "control/store/health_hours.h"
#include "control/store/live_settings.h"
#include "control/store/model_calls.h"
#include "control/store/threads.h"
#include "control/store/tokens.h"
#include "control/store/transcripts.h"
#include "control/store/web_sessions.h"
#include "control/store/workers.h"

namespace control {

namespace {

using Prune = std::function<Result<std::int64_t>(Transaction&)>;

Prune deleting(std::string_view sql, contracts::Timestamp cutoff, int limit) {
    return [sql, cutoff, limit](Transaction& tx) -> Result<std::int64_t> {
        Result<Rows> rows =
            tx.query(sql, {std::int64_t{cutoff.time_since_epoch().count()}, std::int64_t{limit}});
        if (!rows) return rows.fault();
        return rows->changed;
    };
}

}  // namespace

Result<std::int64_t> forget_old_rows(Database& db, const Retention& keep,
                                     contracts::Timestamp now) {
    const int limit = keep.at_once;
    const Prune prunes[] = {
        deleting("DELETE FROM idempotency_keys WHERE (caller, route, key) IN (SELECT caller, "
                 "route, key FROM idempotency_keys WHERE expires_at <= $1 ORDER BY expires_at "
                 "LIMIT $2)",
                 now, limit),
        deleting("DELETE FROM task_executions WHERE id IN (SELECT id FROM task_executions "
                 "WHERE created_at < $1 ORDER BY created_at, id LIMIT $2)",
                 now - keep.executions, limit),
        [&](Transaction& tx) { return tokens::prune(tx, now - keep.tokens, limit); },
        [&](Transaction& tx) { return threads::prune(tx, now - keep.threads, limit); },
        [&](Transaction& tx) { return threads::prune_inbox(tx, now - keep.events, limit); },
        [&](Transaction& tx) { return conversations::prune(tx, now - keep.conversations, limit); },
        [&](Transaction& tx) { return chat_lines::prune(tx, now - keep.conversations, limit); },
        [&](Transaction& tx) { return chats::prune_seen(tx, now - keep.events, limit); },
        [&](Transaction& tx) { return workers::prune(tx, now - keep.workers, limit); },
        [&](Transaction& tx) { return commands::prune(tx, now - keep.commands, limit); },
        [&](Transaction& tx) { return daemons::prune(tx, now - keep.daemons, limit); },
        [&](Transaction& tx) { return live_settings::prune(tx, now - keep.commands, limit); },
        [&](Transaction& tx) { return health_hours::prune(tx, now - keep.health, limit); },
        [&](Transaction& tx) { return web_sessions::prune(tx, now, limit); },
        [&](Transaction& tx) { return transcripts::prune(tx, now - keep.transcripts, limit); },
        [&](Transaction& tx) { return audit_log::prune(tx, now - keep.audit, limit); },
        [&](Transaction& tx) { return forge_deliveries::prune(tx, now - keep.events, limit); },
        [&](Transaction& tx) { return model_calls::prune(tx, now - keep.executions, limit); },
    };
    std::int64_t gone = 0;
    for (const Prune& prune : prunes) {
        std::int64_t count = 0;
        Result<void> done = db.transaction([&](Transaction& tx) -> Result<void> {
            Result<std::int64_t> pruned = prune(tx);
            if (!pruned) return pruned.fault();
            count = *pruned;
            return {};
        });
        if (!done) return done.fault();
        gone += count;
    }
    return gone;
}

}  // namespace control
