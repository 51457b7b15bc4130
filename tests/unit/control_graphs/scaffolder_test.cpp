// The scaffolder's graph: one result for each message, whatever fails in between.
#include "contracts/messages/scaffolder.h"
#include "contracts/fields/read.h"
#include "control/graphs/kit/template_calls.h"
#include "control/graphs/scaffolder/scaffolder.h"
#include "control/store/projects.h"
#include "tests/unit/control_graphs/simulation.h"

#include <algorithm>

namespace {

using contracts::Json;
using contracts::ProjectStatus;
using control::ThreadStatus;
using tests::Run;
using tests::Scenario;
using tests::SimulatedStore;

constexpr const char* kRepository = "/forge/shop.git";

std::int64_t results_of(const Run& run) {
    return std::ranges::count_if(run.published, [](const std::string& sent) {
        return sent.find(" scaffolder:results ") != sent.npos;
    });
}

std::string project_of(const control::Thread& thread) {
    return contracts::text_at(*contracts::parse_json(thread.state), "project_id");
}

Scenario scaffolder_scenario(std::optional<contracts::Error> fault = {}) {
    Scenario scenario;
    scenario.module = [fault](tests::World& world) {
        control::graphs::ScaffolderSettings settings;
        settings.platform_tries = 20;
        return control::graphs::scaffolder_module(
            settings, {{control::graphs::kScaffoldCall,
                        [&world, fault](const Json& arguments) -> control::Result<Json> {
                            CHECK(arguments["modules"] == Json{"backend"});
                            if (fault) return control::fail(*fault);
                            return world.answer({{"location", kRepository}, {"files", 12}});
                        }}});
    };
    scenario.message = [](SimulatedStore& store, const tests::StillClock& clock,
                          const std::string& mark) {
        const contracts::Task task = store.make_task(contracts::TaskType::deploy, clock, mark);
        const auto project = control::projects::find(*store.db, task.project_id);
        return Json{{"request_id", mark},
                    {"callback_stream", "answers"},
                    {"project_id", task.project_id},
                    {"project_name", project->entity.name},
                    {"modules", {"backend"}}};
    };
    scenario.fault = [](SimulatedStore& store, const control::Thread& thread) -> std::string {
        const auto project = control::projects::find(*store.db, project_of(thread))->entity;
        if (thread.status == ThreadStatus::failed)
            return project.status == ProjectStatus::draft ? "" : "the project is no draft again; ";
        const bool made = project.status == ProjectStatus::scaffolded &&
                          project.repository_url == std::string(kRepository);
        return made ? "" : "the project says otherwise; ";
    };
    return scenario;
}

}  // namespace

TEST_CASE("a message on scaffolder:queue has one result, and the project its files") {
    SimulatedStore store;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Run run = tests::simulate(store, scaffolder_scenario(), {.seed = seed});
        INFO("seed " << seed);
        CHECK(run.fault == "");
        CHECK(run.end == ThreadStatus::completed);
        CHECK(results_of(run) == 1);
    }
}

TEST_CASE("a scaffolder that is killed at any one operation sends one result") {
    SimulatedStore store;
    const std::int64_t operations =
        tests::simulate(store, scaffolder_scenario(), {.seed = 1}).operations;
    for (std::int64_t at = 1; at <= operations; ++at)
        for (const bool after : {false, true}) {
            const Run run =
                tests::simulate(store, scaffolder_scenario(),
                                {.seed = 1, .die_at = {at}, .die_after = after, .two_names = true});
            INFO("killed at operation " << at);
            CHECK(run.fault == "");
            CHECK(run.end == ThreadStatus::completed);
            CHECK(results_of(run) == 1);
        }
}

TEST_CASE("a template that fails ends with its own words, and the project is a draft again") {
    SimulatedStore store;
    const contracts::Error fault{.kind = contracts::ErrorKind::invalid,
                                 .message = "the template asks for colour"};
    const Run run = tests::simulate(store, scaffolder_scenario(fault), {.seed = 1});
    CHECK(run.fault == "");
    CHECK(run.end == ThreadStatus::failed);
    CHECK(results_of(run) == 1);
    CHECK(run.history.back().find("the template asks for colour") != std::string::npos);
}
