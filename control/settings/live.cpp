#include "control/settings/live.h"

#include "control/store/live_settings.h"

#include <algorithm>

namespace control {

using contracts::Environment;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::chrono::seconds kLookEvery{1};
constexpr std::string_view kInterval = "1 to 86400 seconds";
constexpr std::string_view kDays = "1 to 36500 days";

template <auto Part, auto Member>
std::string value_of(const Settings& settings) {
    const auto value = (settings.*Part).*Member;
    if constexpr (requires { value.count(); })
        return std::to_string(value.count());
    else
        return std::to_string(value);
}
template <auto Member>
constexpr auto kScheduler = &value_of<&Settings::scheduler, Member>;
template <auto Member>
constexpr auto kServers = &value_of<&Settings::servers, Member>;
template <auto Member>
std::string kept_of(const Settings& settings) {
    return std::to_string((settings.store.retention.*Member).count());
}

constexpr LiveChoice kChoices[] = {
    {"RETENTION_INTERVAL", kInterval, "how often old rows are deleted",
     kScheduler<&SchedulerSettings::retention_every>},
    {"DEPLOYMENT_HEALTH_INTERVAL", kInterval, "how often deployments are checked",
     kScheduler<&SchedulerSettings::deployment_health_every>},
    {"SERVER_HEALTH_INTERVAL", kInterval, "how often servers are checked",
     kScheduler<&SchedulerSettings::server_health_every>},
    {"GITHUB_SYNC_INTERVAL", kInterval, "how often the organisation's repositories are listed",
     kScheduler<&SchedulerSettings::github_sync_every>},
    {"QUEUE_INTERVAL", kInterval, "how often queues are looked at",
     kScheduler<&SchedulerSettings::queues_every>},
    {"IMAGE_RETENTION_INTERVAL", kInterval, "how often unused images are removed",
     kScheduler<&SchedulerSettings::images_every>},
    {"KEPT_REFS_INTERVAL", kInterval, "how often old refs of workers are removed",
     kScheduler<&SchedulerSettings::refs_every>},
    {"BUDGET_INTERVAL", kInterval, "how often flows that reached a budget are looked at",
     kScheduler<&SchedulerSettings::budgets_every>},
    {"TRACES_INTERVAL", kInterval, "how often traces are sent to OTLP_ENDPOINT",
     kScheduler<&SchedulerSettings::traces_every>},
    {"REMINDER_INTERVAL", kInterval, "how often due reminders are sent",
     kScheduler<&SchedulerSettings::reminders_every>},
    {"DIGEST_INTERVAL", kInterval, "how often due digests are sent",
     kScheduler<&SchedulerSettings::digests_every>},
    {"STATE_METRICS_INTERVAL", kInterval, "how often the metrics that count rows are updated",
     kScheduler<&SchedulerSettings::metrics_every>},
    {"KEEP_IMAGES_DAYS", kDays, "how long images that nothing uses are kept",
     kScheduler<&SchedulerSettings::kept_images>},
    {"SERVER_SYNC_INTERVAL", kInterval, "how often the provider's list of servers is read",
     kServers<&ServerSettings::sync_every>},
    {"PROVISIONER_TRIGGER_INTERVAL", kInterval,
     "how often waiting servers are queued for provisioning",
     kServers<&ServerSettings::trigger_every>},
    {"RAG_INTERVAL", kInterval, "how often projects' documents are read",
     &value_of<&Settings::knowledge, &KnowledgeSettings::read_every>},
    {"KEEP_EXECUTIONS_DAYS", kDays, "how long executions are kept",
     &kept_of<&Retention::executions>},
    {"KEEP_THREADS_DAYS", kDays, "how long flows that ended are kept",
     &kept_of<&Retention::threads>},
    {"KEEP_EVENTS_DAYS", kDays, "how long repeated deliveries are recognised",
     &kept_of<&Retention::events>},
    {"KEEP_WORKERS_DAYS", kDays, "how long removed workers are kept",
     &kept_of<&Retention::workers>},
    {"KEEP_TOKENS_DAYS", kDays, "how long tokens that ended are kept",
     &kept_of<&Retention::tokens>},
    {"KEEP_CONVERSATIONS_DAYS", kDays, "how long conversations are kept",
     &kept_of<&Retention::conversations>},
    {"KEEP_TRANSCRIPTS_DAYS", kDays, "how long transcripts of workers are kept",
     &kept_of<&Retention::transcripts>},
    {"KEEP_AUDIT_DAYS", kDays, "how long the audit log is kept", &kept_of<&Retention::audit>},
    {"MAX_CONCURRENT_WORKERS", "1 to 1000", "how many workers run at a time",
     &value_of<&Settings::workers, &WorkerSettings::at_once>},
    {"MAX_WORKERS_PER_USER", "0 to 1000", "how many workers one user has at a time; 0: any number",
     &value_of<&Settings::workers, &WorkerSettings::of_user>},
    {"PO_NOTE", "text of up to 16384 bytes", "added to the instructions of each new Product Owner",
     [](const Settings& settings) {
         return settings.chat.note;
     }},
};

Environment only(const std::string& name, const std::string& value) {
    return Environment([&name, &value](const std::string& asked) {
        return asked == name ? std::optional(value) : std::nullopt;
    });
}

// Changes `settings` only if the value is valid.
Result<void> take(Settings& settings, const std::string& name, const std::string& value) {
    Settings changed = settings;
    Environment environment = only(name, value);
    read_live(environment, changed);
    if (Result<void> read = environment.finish(); !read) return read;
    settings = std::move(changed);
    return {};
}

}  // namespace

std::span<const LiveChoice> live_choices() {
    return kChoices;
}

void read_live(Environment& environment, Settings& settings) {
    read_intervals(environment, settings.scheduler);
    read_intervals(environment, settings.servers);
    read_intervals(environment, settings.knowledge);
    read_retention(environment, settings.store.retention);
    read_quota(environment, settings.workers);
    read_note(environment, settings.chat);
}

Result<void> check_live(const std::string& name, const std::string& value) {
    if (std::ranges::find(kChoices, name, &LiveChoice::name) == std::end(kChoices))
        return fail(ErrorKind::not_found,
                    "is not a setting that can be changed while the daemon runs", "name",
                    "`orchestrator settings list` shows those that can");
    // In the environment, an empty value means that the variable is not set.
    if (value.empty())
        return fail(
            ErrorKind::invalid, "is empty", "value",
            "orchestrator settings set " + name + " --default restores the environment's value");
    Settings scratch;
    Result<void> taken = take(scratch, name, value);
    if (taken) return {};
    return fail(ErrorKind::invalid, taken.error().message, "value");
}

LiveSettings::LiveSettings(Settings at_start, Database& db, const contracts::Clock& clock,
                           contracts::Log log)
    : at_start_(std::move(at_start)),
      db_(db),
      clock_(clock),
      log_(std::move(log)),
      current_(std::make_shared<const Settings>(at_start_)) {}

std::shared_ptr<const Settings> LiveSettings::now() {
    const std::scoped_lock lock(guard_);
    const contracts::Instant instant = clock_.instant();
    if (!looked_at_ || instant - *looked_at_ >= kLookEvery) {
        looked_at_ = instant;
        look();
    }
    return current_;
}

Result<Settings> LiveSettings::within(Queries& db) const {
    const auto changed = live_settings::all(db);
    if (!changed) return changed.fault();
    Settings settings = at_start_;
    for (const live_settings::Change& one : *changed)
        if (const Result<void> taken = take(settings, one.name, one.value.value_or("")); !taken)
            log_.warning("ignored an invalid setting in the store; using the environment's value",
                         {{"setting", one.name}, {"error", taken.error().describe()}});
    return settings;
}

// If the store does not answer, the next operation that needs it reports that.
void LiveSettings::look() {
    if (Result<Settings> settings = within(db_))
        current_ = std::make_shared<const Settings>(*std::move(settings));
}

}  // namespace control
