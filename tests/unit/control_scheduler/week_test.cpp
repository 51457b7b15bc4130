// A week of the scheduler in seconds: three daemons with the product's real tasks on one store,
// whose leaders are killed, and surroundings that fail and recover on a plan.
#include "control/metrics/metrics.h"
#include "control/scheduler/deployment_health.h"
#include "control/scheduler/provisioner_trigger.h"
#include "control/scheduler/retention_task.h"
#include "control/scheduler/scheduler.h"
#include "control/scheduler/server_health.h"
#include "control/store/incidents.h"
#include "control/store/projects.h"
#include "control/store/run.h"
#include "control/store/servers.h"
#include "control/store/service_deployments.h"
#include "tests/unit/control_scheduler/held_clock.h"
#include "tests/unit/control_scheduler/said_looks.h"

#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <random>

namespace control {

namespace {

using namespace std::chrono_literals;
using contracts::Incident;
using contracts::IncidentStatus;
using contracts::Timestamp;
using Elapsed = std::chrono::milliseconds;

constexpr Elapsed kWeek = 7 * 24h;
constexpr Elapsed kTick = 60s;
constexpr Elapsed kLease = 150s;  // longer than a tick: a lease must outlast its renewal interval
constexpr Elapsed kLooks = 120s;
// How long tasks may not run after a leader has died.
constexpr Elapsed kTakeover = kLease + 2 * kTick;
constexpr int kThings = 4;  // number of servers, and of deployments

struct Outage {
    Timestamp from{};
    Timestamp to{};
};

// In memory, since a week has a hundred thousand transactions.
struct MemoryDirectory {
    std::filesystem::path path = "/dev/shm/week-" + std::to_string(::getpid());
    MemoryDirectory() { std::filesystem::create_directory(path); }
    ~MemoryDirectory() { std::filesystem::remove_all(path); }
};

// The true state of the world, and observations of the daemons.
struct PlannedWorld {
    MemoryDirectory directory;
    std::unique_ptr<Database> db = open_sqlite(directory.path / "a.db").value();
    HeldClock clock;
    Timestamp began = clock.now();
    std::map<std::string, std::vector<Outage>> outages;
    std::map<std::string, std::vector<Timestamp>> runs;  // by task name
    std::string running;                                 // the task that is running

    explicit PlannedWorld(unsigned seed) {
        std::mt19937 random(seed);
        for (int i = 0; i < kThings; ++i)
            for (const char* kind : {"s", "d"}) {
                Timestamp at = began + 1h;
                while (at < began + kWeek - 12h) {
                    const Timestamp from = at + std::chrono::minutes(random() % (24 * 60));
                    const Timestamp to = from + 30min + std::chrono::minutes(random() % 180);
                    if (to < began + kWeek - 6h) outages[name(kind, i)].push_back({from, to});
                    at = to + 3h;
                }
                add(kind, i);
            }
    }
    static std::string name(const std::string& kind, int i) { return kind + std::to_string(i); }

    void add(const std::string& kind, int i) {
        const std::string id = name(kind, i);
        const Result<void> done = db->transaction([&](Transaction& tx) -> Result<void> {
            if (kind == "s") {
                contracts::Server server;
                server.id = server.handle = server.name = server.provider_id = id;
                server.ip_address = "192.0.2.1";
                server.is_managed = true;
                server.status = contracts::ServerStatus::active;
                return servers::insert(tx, server, clock.now());
            }
            contracts::Project project;
            project.id = project.name = id;
            if (auto put = projects::insert(tx, project, clock.now()); !put) return put;
            return service_deployments::insert(tx,
                                               {.id = id,
                                                .project_id = id,
                                                .server_id = name("s", i),
                                                .service_name = "web",
                                                .port = 1,
                                                .status = "active",
                                                .url = "http://" + id,
                                                .deployed_at = clock.now()},
                                               clock.now());
        });
        REQUIRE(done.has_value());
    }
    [[nodiscard]] bool is_down(const std::string& id) const {
        const auto found = outages.find(id);
        if (found == outages.end()) return false;
        return std::ranges::any_of(found->second, [this](const Outage& one) {
            return one.from <= clock.now() && clock.now() < one.to;
        });
    }
};

class WorldLooks final : public ServerLooks {
public:
    explicit WorldLooks(PlannedWorld& world) : world_(world) {}
    Result<std::vector<Result<ServerFigures>>> look(const std::vector<ProvisionTarget>& targets,
                                                    const std::stop_token&) override {
        std::vector<Result<ServerFigures>> all;
        for (const ProvisionTarget& target : targets)
            all.push_back(world_.is_down(target.server_id)
                              ? Result<ServerFigures>(fail(ErrorKind::transient, "no answer"))
                              : Result<ServerFigures>(well()));
        return all;
    }

private:
    PlannedWorld& world_;
};

// One daemon with all the product's periodic tasks.
class WeekDaemon {
public:
    WeekDaemon(std::string name, PlannedWorld& world)
        : scheduler_({.daemon = std::move(name),
                      .database = *world.db,
                      .clock = world.clock,
                      .log = contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                                            contracts::LogLevel::error, contracts::LogFormat::json,
                                            "test"),
                      .metrics = metrics_,
                      .lease = kLease},
                     tasks(world)) {}

    void go_round() {
        CHECK(scheduler_.keep_lease());
        (void)scheduler_.run_due({});
    }
    [[nodiscard]] bool leads() const { return scheduler_.leads(); }

private:
    static contracts::Log silent() {
        return contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                              contracts::LogLevel::error, contracts::LogFormat::json, "test");
    }
    static std::vector<PeriodicTask> tasks(PlannedWorld& world) {
        std::vector<PeriodicTask> all;
        all.push_back(
            retention_task(*world.db, world.clock, silent(), [] { return Retention(); }, 600s));
        all.push_back(
            deployment_health_task({.database = *world.db,
                                    .clock = world.clock,
                                    .ask = [&world](const std::string& url) -> Result<UrlAnswer> {
                                        // "http://d1/"
                                        if (world.is_down(url.substr(7, url.size() - 8)))
                                            return fail(ErrorKind::transient, "no answer");
                                        return UrlAnswer{};
                                    },
                                    .at_once = 1},
                                   silent(), kLooks));
        all.push_back(server_health_task(*world.db, std::make_shared<WorldLooks>(world),
                                         world.clock, silent(), kLooks));
        all.push_back(provisioner_trigger_task(*world.db, world.clock, kLooks));
        for (PeriodicTask& task : all)
            task.run_once = [&world, name = task.name, run = std::move(task.run_once)](
                                const Lease& lease, const std::stop_token& stop) {
                CHECK(world.running.empty());
                world.running = name;
                world.runs[name].push_back(world.clock.now());
                Result<PeriodicOutcome> outcome = run(lease, stop);
                world.running.clear();
                CHECK(outcome);
                return outcome;
            };
        return all;
    }

    Metrics metrics_;
    Scheduler scheduler_;
};

// Every incident of the week, by the id of its subject or server.
std::map<std::string, std::vector<Incident>> incidents_of(PlannedWorld& world) {
    std::map<std::string, std::vector<Incident>> all;
    std::string cursor;
    do {
        auto page = incidents::list(*world.db, {.limit = kMaxPage, .cursor = cursor});
        REQUIRE(page.has_value());
        for (auto& one : page->items) {
            const bool is_server = one.entity.type == contracts::IncidentType::server_unreachable;
            all[is_server ? *one.entity.server_id : *one.entity.subject].push_back(one.entity);
        }
        cursor = page->next;
    } while (!cursor.empty());
    for (auto& [id, some] : all)
        std::ranges::sort(some, {}, &Incident::created_at);
    return all;
}

void check_incidents(PlannedWorld& world) {
    auto seen = incidents_of(world);
    for (const auto& [id, planned] : world.outages) {
        INFO(id);
        const std::vector<Incident>& had = seen[id];
        REQUIRE(had.size() == planned.size());
        for (std::size_t i = 0; i < planned.size(); ++i) {
            CHECK(had[i].status == IncidentStatus::resolved);
            CHECK(had[i].created_at >= planned[i].from);
            CHECK(had[i].created_at <= planned[i].from + 4 * kLooks + kTakeover);
            REQUIRE(had[i].resolved_at);
            CHECK(*had[i].resolved_at >= planned[i].to);
            CHECK(*had[i].resolved_at <= planned[i].to + 4 * kLooks + kTakeover);
        }
    }
}

}  // namespace

TEST_CASE("a week of the scheduler: three daemons, leaders killed, and the world as it was") {
    PlannedWorld world(20'261'130);
    std::vector<std::unique_ptr<WeekDaemon>> daemons;
    int lives = 0;
    const auto start = [&] {
        return std::make_unique<WeekDaemon>("daemon-" + std::to_string(++lives), world);
    };
    for (int i = 0; i < 3; ++i)
        daemons.push_back(start());
    std::mt19937 random(7);
    int killed = 0;
    // A killed daemon releases nothing: its lease expires, and it is started again later.
    constexpr std::size_t kNone = ~std::size_t{0};
    std::size_t dead = kNone;
    Timestamp revived{};
    for (Timestamp next_kill = world.began + 2h; world.clock.now() < world.began + kWeek;
         world.clock.advance(kTick)) {
        int leaders = 0;
        for (std::size_t i = 0; i < daemons.size(); ++i) {
            if (dead == i) continue;
            daemons[i]->go_round();
        }
        for (std::size_t i = 0; i < daemons.size(); ++i)
            leaders += dead != i && daemons[i]->leads();
        CHECK(leaders <= 1);
        if (dead != kNone && world.clock.now() >= revived) {
            daemons[dead] = start();
            dead = kNone;
        }
        if (dead != kNone || world.clock.now() < next_kill) continue;
        next_kill = world.clock.now() + 1h + std::chrono::minutes(random() % 240);
        for (std::size_t i = 0; i < daemons.size(); ++i)
            if (daemons[i]->leads()) dead = i;
        if (dead == kNone) continue;
        ++killed;
        revived = world.clock.now() + 10min;
    }
    CHECK(killed > 30);
    // Every task ran at its intervals, apart from takeovers, and none ran too often.
    for (const auto& [name, interval] : {std::pair<std::string, Elapsed>("retention", 600s),
                                         {"deployment_health", kLooks},
                                         {"server_health", kLooks},
                                         {"provisioner_trigger", kLooks}}) {
        INFO(name);
        const std::vector<Timestamp>& at = world.runs[name];
        REQUIRE(at.size() > 2);
        CHECK(static_cast<std::int64_t>(at.size()) >= kWeek / interval * 9 / 10);
        for (std::size_t i = 1; i < at.size(); ++i) {
            CHECK(at[i] - at[i - 1] >= std::min<Elapsed>(interval, 30s));
            CHECK(at[i] - at[i - 1] <= interval + kTick + kTakeover);
        }
    }
    check_incidents(world);
    for (int i = 0; i < kThings; ++i) {
        CHECK(servers::find(*world.db, PlannedWorld::name("s", i))->entity.status ==
              contracts::ServerStatus::active);
        CHECK(service_deployments::find(*world.db, PlannedWorld::name("d", i))->entity.status ==
              "active");
    }
}

}  // namespace control
