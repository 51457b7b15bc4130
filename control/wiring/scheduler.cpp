#include "control/scheduler/scheduler.h"

#include "control/bus/bus.h"
#include "control/forge/kept_refs.h"
#include "control/graphs/kit/repository_name.h"
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
#include "control/scheduler/unused_images.h"
#include "control/wiring/provider.h"
#include "control/wiring/wiring.h"

#include <sys/stat.h>
#include <cerrno>

namespace control::wiring {

namespace {

constexpr std::chrono::seconds kHealthPatience{10};
constexpr std::chrono::hours kKeptRefsEvery{24};

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
PeriodicTask kept_refs_task(Ports& ports, std::chrono::days age) {
    return {.name = "kept_refs",
            .interval = kKeptRefsEvery,
            .run_once = [&ports, age](const Lease&, const std::stop_token& stop)
                -> contracts::Result<PeriodicOutcome> {
                contracts::Result<std::int64_t> gone = prune_kept_refs(
                    ports.forge_directory.empty() ? ports.data.forge() : ports.forge_directory,
                    {.age = age}, ports.clock.now(), stop);
                if (!gone) return gone.fault();
                return PeriodicOutcome{.text = std::to_string(*gone) + " kept refs were removed"};
            }};
}

// One whose interval an administrator may change while it runs.
PeriodicTask following(PeriodicTask task, Ports& ports,
                       std::chrono::seconds (*interval)(const Settings&)) {
    task.live_interval = [&live = *ports.live, interval] {
        return std::chrono::milliseconds(interval(*live.now()));
    };
    return task;
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
                                   .repository_of = &graphs::repository_of},
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
         .repository_of = &graphs::repository_of},
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

// To add a periodic task: one more in this list.
std::vector<PeriodicTask> periodic_tasks(Ports& ports, const Settings& settings) {
    std::vector<PeriodicTask> tasks;
    tasks.push_back(following(retention_task(
                                  ports.database(), ports.clock, ports.log,
                                  [&live = *ports.live] { return live.now()->store.retention; },
                                  settings.scheduler.retention_every),
                              ports,
                              [](const Settings& now) { return now.scheduler.retention_every; }));
    tasks.push_back(
        following(health_of_deployments(ports, settings), ports,
                  [](const Settings& now) { return now.scheduler.deployment_health_every; }));
    tasks.push_back(following(health_of_servers(ports, settings), ports, [](const Settings& now) {
        return now.scheduler.server_health_every;
    }));
    tasks.push_back(following(
        provisioner_trigger_task(ports.database(), ports.clock, settings.servers.trigger_every),
        ports, [](const Settings& now) { return now.servers.trigger_every; }));
    tasks.push_back(budget_resume_task(ports.database(), ports.clock));
    tasks.push_back(state_metrics_task(ports.database(), ports.metrics));
    tasks.push_back(reminders_task(ports.database(), ports.clock));
    tasks.push_back(digest_task(ports.database(), ports.clock));
    if (std::shared_ptr<Provider> provider = make_provider(ports, settings.servers))
        tasks.push_back(
            following(server_sync_task(ports.database(), std::move(provider),
                                       {.managed = settings.servers.managed,
                                        .details_every = settings.servers.details_every},
                                       ports.clock, ports.log, settings.servers.sync_every),
                      ports, [](const Settings& now) { return now.servers.sync_every; }));
    tasks.push_back(following(documents_of_projects(ports, settings), ports,
                              [](const Settings& now) { return now.knowledge.read_every; }));
    tasks.push_back(
        following(queues_task(ports.database(), std::make_shared<Bus>(ports.bus->address),
                              ports.clock, ports.log, settings.scheduler.queues_every),
                  ports, [](const Settings& now) { return now.scheduler.queues_every; }));
    if (ports.github)
        tasks.push_back(
            following(repositories_of_organisation(ports, settings), ports,
                      [](const Settings& now) { return now.scheduler.github_sync_every; }));
    if (ports.images)
        tasks.push_back(following(images_of_engine(ports, settings), ports,
                                  [](const Settings& now) { return now.scheduler.images_every; }));
    tasks.push_back(kept_refs_task(ports, settings.scheduler.kept_refs));
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
