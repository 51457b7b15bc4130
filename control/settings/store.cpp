#include "control/settings/store.h"

#include "control/settings/shapes.h"

namespace control {

using contracts::Environment;

void read_retention(Environment& environment, Retention& retention) {
    const auto days = [&](const char* name, std::chrono::days& keep) {
        keep = std::chrono::days(environment.number(name, keep.count(), 1, 36'500));
    };
    days("KEEP_EXECUTIONS_DAYS", retention.executions);
    days("KEEP_THREADS_DAYS", retention.threads);
    days("KEEP_EVENTS_DAYS", retention.events);
    days("KEEP_WORKERS_DAYS", retention.workers);
    days("KEEP_TOKENS_DAYS", retention.tokens);
    days("KEEP_CONVERSATIONS_DAYS", retention.conversations);
    days("KEEP_TRANSCRIPTS_DAYS", retention.transcripts);
    days("KEEP_AUDIT_DAYS", retention.audit);
}

void read(Environment& environment, StoreSettings& settings) {
    settings.database_url = environment.text("DATABASE_URL", "");
    if (!settings.database_url.empty() && !is_postgres_url(settings.database_url))
        environment.fault("DATABASE_URL",
                          "must begin with postgresql://; without it the store is SQLite's, in "
                          "DATA_DIR");
    settings.secrets_key = environment.text("SECRETS_KEY_FILE", "");
    check_absolute(environment, "SECRETS_KEY_FILE", settings.secrets_key);
    read_retention(environment, settings.retention);
}

}  // namespace control
