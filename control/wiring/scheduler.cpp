#include "control/scheduler/scheduler.h"

#include "contracts/entities/repository_name.h"
#include "control/bus/bus.h"
#include "control/forge/kept_refs.h"
#include "control/http/client.h"
#include "control/images/images.h"
#include "control/scheduler/budget_resume.h"
#include "control/scheduler/deployment_health.h"
#include "control/scheduler/digest.h"
#include "control/scheduler/github_sync.h"
#include "control/scheduler/project_documents.h"
#include "control/scheduler/provisioner_trigger.h"
#include "control/scheduler/queue_watch.h"
#include "control/scheduler/retention_task.h"
#include "control/scheduler/server_health.h"
#include "control/scheduler/server_sync.h"
#include "control/scheduler/state_metrics.h"
#include "control/scheduler/traces.h"
#include "control/scheduler/unused_images.h"
#include "control/wiring/provider.h"
#include "control/wiring/wiring.h"

#include <sys/stat.h>
#include <cerrno>

namespace control::wiring {

namespace {

constexpr std::chrono::seconds kHealthPatience{10};
constexpr std::chrono::seconds kCollectorPatience{5};

// As the deployer judges it: any 2xx. The status says it all, so a page without an end is not
// waited for.
contracts::Result<UrlAnswer> ask_health(HttpClient& client, const std::string& url) {
    ClientRequest request{.url = url, .timeout = kHealthPatience};
    int status = 0;
    UrlAnswer told;
    request.on_certificate = [&told](contracts::Timestamp until) {
        told.certificate_until = until;
    };
    request.on_headers = [&status](int code, const std::vector<HttpHeader>&) {
        status = code;
    };
    request.on_data = [](std::string_view) {
        return false;
    };
    const contracts::Result<HttpResponse> answer = client.perform(std::move(request));
    if (status == 0 && !answer) return answer.fault();
    if (status == 0) status = answer->status;
    if (status / 100 == 2) return told;
    return contracts::fail(contracts::ErrorKind::transient,
                           "answers " + std::to_string(status) + " instead of 200");
}

// Of this daemon's forge; one that has none clears up nothing.
PeriodicTask kept_refs_task(Ports& ports, const SchedulerSettings& settings) {
    return {.name = "kept_refs",
            .interval = settings.refs_every,
            .run_once = [&ports, age = settings.kept_refs](
                            const Lease&,
                            const std::stop_token& stop) -> contracts::Result<PeriodicOutcome> {
                contracts::Result<std::int64_t> gone = prune_kept_refs(
                    ports.forge_directory.empty() ? ports.data.forge() : ports.forge_directory,
                    {.age = age}, ports.clock.now(), stop);
                if (!gone) return gone.fault();
                return PeriodicOutcome{.text = std::to_string(*gone) + " kept refs were removed"};
            }};
}

// The status says whether the collector accepted the spans, and if not, whether to send them again.
contracts::Result<void> send_traces(HttpClient& client, const std::string& endpoint,
                                    std::string body) {
    const contracts::Result<HttpResponse> answer =
        client.perform({.method = "POST",
                        .url = endpoint + "/v1/traces",
                        .headers = {{"Content-Type", "application/json"}},
                        .body = std::move(body),
                        .timeout = kCollectorPatience});
    if (!answer) return contracts::fail(answer.error());
    if (answer->status / 100 == 2) return {};
    const bool again = answer->status == 429 || answer->status / 100 == 5;
    return contracts::fail(again ? contracts::ErrorKind::transient : contracts::ErrorKind::invalid,
                           "the collector answers " + std::to_string(answer->status),
                           "OTLP_ENDPOINT");
}

// Its interval is a setting that an administrator may change while the daemon runs.
template <auto Section, auto Interval>
PeriodicTask following(PeriodicTask task, Ports& ports) {
    task.live_interval = [&live = *ports.live] {
        return std::chrono::milliseconds(((*live.now()).*Section).*Interval);
    };
    return task;
}
template <auto Interval>
PeriodicTask following(PeriodicTask task, Ports& ports) {
    return following<&Settings::scheduler, Interval>(std::move(task), ports);
}

PeriodicTask health_of_deployments(Ports& ports, const Settings& settings) {
    return deployment_health_task({.database = ports.database(),
                                   .clock = ports.clock,
                                   .ask =
                                       [&client = ports.client](const std::string& url) {
                                           return ask_health(client, url);
                                       }},
                                  ports.log, settings.scheduler.deployment_health_every);
}

PeriodicTask health_of_servers(Ports& ports, const Settings& settings) {
    return server_health_task(ports.database(),
                              make_ssh_looks({.directory = ports.data.server_looks()},
                                             ports.database(), ports.store->vault, ports.clock),
                              ports.clock, ports.log, settings.scheduler.server_health_every);
}

PeriodicTask documents_of_projects(Ports& ports, const Settings& settings) {
    return project_documents_task({.database = ports.database(),
                                   .forge = *ports.forge,
                                   .embeddings = ports.embeddings.get(),
                                   .clock = ports.clock,
                                   .repository_of = &contracts::repository_of},
                                  ports.log, settings.knowledge.read_every);
}

contracts::Result<std::vector<ListedRepository>> listed_by(github::Client& client,
                                                           const std::string& owner) {
    const auto listed = client.repositories(owner);
    if (!listed) return github::plain(listed.error());
    std::vector<ListedRepository> all;
    for (const github::Repository& one : *listed)
        all.push_back({.id = std::to_string(one.id),
                       .full_name = one.full_name,
                       .url = one.html_url,
                       .is_archived = one.archived});
    return all;
}

PeriodicTask repositories_of_organisation(Ports& ports, const Settings& settings) {
    return github_sync_task(
        {.database = ports.database(),
         .clock = ports.clock,
         .owner = settings.forge.owner,
         .list = [&client = *ports.github,
                  owner = settings.forge.owner] { return listed_by(client, owner); },
         .repository_of = &contracts::repository_of},
        ports.log, settings.scheduler.github_sync_every);
}

contracts::Result<std::vector<StoredImage>> stored_by(images::Images& images) {
    const auto built = images.list();
    if (!built) return built.fault();
    std::vector<StoredImage> all;
    for (const images::BuiltImage& one : *built)
        all.push_back({.hash = one.hash, .bytes = one.bytes, .made_at = one.created_at});
    return all;
}

PeriodicTask images_of_engine(Ports& ports, const Settings& settings) {
    return unused_images_task(
        {.clock = ports.clock,
         .list = [&images = *ports.images] { return stored_by(images); },
         .remove = [&images =
                        *ports.images](const std::string& hash) { return images.remove(hash); },
         .keep =
             [&live = *ports.live] {
                 return live.now()->scheduler.kept_images;
             }},
        std::make_shared<Bus>(ports.bus->address), ports.log, settings.scheduler.images_every);
}

PeriodicTask old_rows(Ports& ports, const Settings& settings) {
    return retention_task(
        ports.database(), ports.clock, ports.log,
        [&live = *ports.live] { return live.now()->store.retention; },
        settings.scheduler.retention_every);
}

PeriodicTask lengths_of_queues(Ports& ports, const Settings& settings) {
    return queues_task(ports.database(), std::make_shared<Bus>(ports.bus->address), ports.clock,
                       ports.log, settings.scheduler.queues_every);
}

PeriodicTask servers_of_provider(Ports& ports, const Settings& settings,
                                 std::shared_ptr<Provider> provider) {
    return server_sync_task(
        ports.database(), std::move(provider),
        {.managed = settings.servers.managed, .details_every = settings.servers.details_every},
        ports.clock, ports.log, settings.servers.sync_every);
}

PeriodicTask traces_of_work(Ports& ports, const SchedulerSettings& settings) {
    return traces_task(
        {.database = ports.database(),
         .clock = ports.clock,
         .log = ports.log,
         .metrics = ports.metrics,
         .send =
             [&client = ports.client, endpoint = settings.otlp_endpoint](std::string body) {
                 return send_traces(client, endpoint, std::move(body));
             }},
        settings.traces_every);
}

// To add a periodic task: one more in this list.
std::vector<PeriodicTask> periodic_tasks(Ports& ports, const Settings& settings) {
    using Every = SchedulerSettings;
    Database& db = ports.database();
    const contracts::Clock& clock = ports.clock;
    const SchedulerSettings& every = settings.scheduler;
    std::vector<PeriodicTask> tasks{
        following<&Every::retention_every>(old_rows(ports, settings), ports),
        following<&Every::deployment_health_every>(health_of_deployments(ports, settings), ports),
        following<&Every::server_health_every>(health_of_servers(ports, settings), ports),
        following<&Settings::servers, &ServerSettings::trigger_every>(
            provisioner_trigger_task(db, clock, settings.servers.trigger_every), ports),
        following<&Every::budgets_every>(budget_resume_task(db, clock, every.budgets_every), ports),
        following<&Every::metrics_every>(state_metrics_task(db, ports.metrics, every.metrics_every),
                                         ports),
        following<&Every::reminders_every>(reminders_task(db, clock, every.reminders_every), ports),
        following<&Every::digests_every>(digest_task(db, clock, every.digests_every), ports),
        following<&Settings::knowledge, &KnowledgeSettings::read_every>(
            documents_of_projects(ports, settings), ports),
        following<&Every::queues_every>(lengths_of_queues(ports, settings), ports),
        following<&Every::refs_every>(kept_refs_task(ports, every), ports)};
    if (std::shared_ptr<Provider> provider = make_provider(ports, settings.servers))
        tasks.push_back(following<&Settings::servers, &ServerSettings::sync_every>(
            servers_of_provider(ports, settings, std::move(provider)), ports));
    if (ports.github)
        tasks.push_back(following<&Every::github_sync_every>(
            repositories_of_organisation(ports, settings), ports));
    if (ports.images)
        tasks.push_back(following<&Every::images_every>(images_of_engine(ports, settings), ports));
    if (!every.otlp_endpoint.empty())
        tasks.push_back(following<&Every::traces_every>(traces_of_work(ports, every), ports));
    return tasks;
}

}  // namespace

MadeRole scheduler(Ports& ports, const Settings& settings) {
    const std::string directory = ports.data.server_looks();
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return contracts::fail(contracts::system_error(errno, "create " + directory));
    return std::make_unique<Scheduler>(SchedulerNeeds{.daemon = ports.data.owner(),
                                                      .database = ports.database(),
                                                      .clock = ports.clock,
                                                      .log = ports.log,
                                                      .metrics = ports.metrics},
                                       periodic_tasks(ports, settings));
}

}  // namespace control::wiring
