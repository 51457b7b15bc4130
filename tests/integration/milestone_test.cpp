// The scenarios of the first milestones by their names in the migration plan: P1.9 (workers of
// either agent), P1.10.1 (Claude Code as installed), P1.10.2 (Factory's droid as installed) and
// P1.10.3 (a real model; skipped without a key). Real engine, real agents, scripted model.
#include "tests/integration/milestone_house.h"
#include "tests/support/eventually.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>

using contracts::Json;
using milestone::Agent;
using milestone::House;
using milestone::kClaude;
using milestone::kFactory;

namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

std::string text_of(const Json& output) {
    return output.value("text", "");
}

bool says(const Json& output, const std::string& words) {
    INFO(output.dump());
    const bool found = text_of(output).find(words) != std::string::npos;
    CHECK(found);
    return found;
}

// The workspace on the daemon's machine: the container sees the same directory.
bool has_instructions(const std::string& id, const Agent& agent) {
    const std::string path = House::get().installation().data() + "/workers/" + id + "/workspace/";
    std::ifstream file(path + agent.instructions);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.find(milestone::kInstructions) != std::string::npos;
}

// The worker has the agent's program and only that agent's instructions file.
void check_installed(const Agent& agent, const std::string& capability) {
    House& house = House::get();
    const std::string id =
        house.worker({.agent = agent, .capabilities = {capability}, .commands = {"project.get"}});
    CHECK(house.inside(id, {capability, "--version"}) == 0);
    CHECK(has_instructions(id, agent));
    CHECK(house.inside(id, {"test", "-e", std::string("/workspace/") + agent.other}) == 1);
    CHECK(house.container(id).at("Config").at("Image").get<std::string>().starts_with("worker:"));
    house.remove(id);
}

void check_runs(const Agent& agent) {
    House& house = House::get();
    CHECK(house.inside(house.product_owner(agent), {agent.program, "--version"}) == 0);
}

void check_image(const Agent& agent) {
    House& house = House::get();
    const Json labels = house.container(house.product_owner(agent)).at("Config").at("Labels");
    CHECK(labels.dump().find(agent.name) != std::string::npos);
    CHECK(house.container(house.product_owner(agent)).at("HostConfig").at("NetworkMode") == "none");
}

void check_instructions(const Agent& agent) {
    House& house = House::get();
    const std::string id = house.product_owner(agent);
    CHECK(has_instructions(id, agent));
    CHECK(house.inside(id, {"test", "-e", std::string("/workspace/") + agent.other}) == 1);
}

void check_answers(const Agent& agent) {
    House& house = House::get();
    const Json output = house.turn(house.product_owner(agent), "Hello");
    INFO(output.dump());
    CHECK(output.at("status") == "success");
    says(output, "Hello there.");
}

void check_command(const Agent& agent) {
    House& house = House::get();
    const std::string id = house.product_owner(agent);
    says(house.turn(id, std::string(agent.name) + ": list"), "code=0");
    says(house.turn(id, std::string(agent.name) + ": overstep"), "code=4");
    CHECK_FALSE(has(house.project_names(), "unauthorized"));
}

void check_no_secret(const Agent& agent) {
    House& house = House::get();
    const Json output = house.turn(house.product_owner(agent), std::string(agent.name) + ": look");
    says(output, "looked");
    CHECK(text_of(output).find("milestone-key-") == std::string::npos);
    CHECK(text_of(output).find(house.installation().access().at("API_TOKEN")) == std::string::npos);
}

// The second turn's request contains the conversation of the first.
void check_remembers(const Agent& agent) {
    House& house = House::get();
    const std::string id = house.product_owner(agent);
    CHECK(house.turn(id, "Remember the word aubergine.").at("status") == "success");
    const Json first = house.model_requests().back();
    CHECK(house.turn(id, "Go on.").at("status") == "success");
    const Json second = house.model_requests().back();
    CHECK(second.at("body_bytes").get<int>() > first.at("body_bytes").get<int>());
}

void check_refused(const Agent& agent) {
    House& house = House::get();
    const Json output = house.turn(house.product_owner(agent), "refuse me");
    INFO(output.dump());
    CHECK(output.at("status") != "success");
    CHECK(output.at("error").get<std::string>().find("401") != std::string::npos);
    CHECK(house.turn(house.product_owner(agent), "Hello").at("status") == "success");
}

// A real model's words are unknown, except that they contain what was asked for.
void check_real(const std::string& prompt, const std::string& expected) {
    House& house = House::get(true);
    const Json output = house.turn(house.product_owner(kClaude), prompt);
    INFO(output.dump());
    CHECK(output.at("status") == "success");
    says(output, expected);
}

}  // namespace

TEST_CASE("P1.9.1 a Claude worker with git has git and CLAUDE.md") {
    check_installed(kClaude, "git");
}

TEST_CASE("P1.9.2 a Factory worker with curl has curl and AGENTS.md, and no CLAUDE.md") {
    check_installed(kFactory, "curl");
}

TEST_CASE("P1.9.3 different agents have different images, and the same agent has the same") {
    House& house = House::get();
    const auto image = [&](const Agent& agent) {
        return house.container(house.product_owner(agent)).at("Image").get<std::string>();
    };
    CHECK(image(kClaude) != image(kFactory));
    const std::string again = house.worker({.agent = kClaude, .capabilities = {"git"}});
    CHECK(house.container(again).at("Image") == image(kClaude));
    house.remove(again);
}

TEST_CASE("P1.9.4 a worker's Claude creates a project by the CLI") {
    House& house = House::get();
    const std::string id = house.worker(
        {.agent = kClaude, .capabilities = {"git"}, .commands = {"project.create", "project.get"}});
    const Json output = house.turn(id, "claude: create");
    INFO(output.dump());
    CHECK(output.at("status") == "success");
    CHECK(output.at("task_id") == "t-milestone");
    CHECK(output.at("summary") == "it is done");
    CHECK(has(house.project_names(), "milestone-claude"));
    house.remove(id);
}

TEST_CASE("P1.9.5 a worker that is killed at its work fails its task, and says so once") {
    House& house = House::get();
    const std::string id = house.worker({.agent = kClaude});
    const std::size_t before = house.model_requests().size();
    const std::string request = house.begin_turn(id, "wait");
    tests::eventually(
        "the agent asks its model", [&] { return house.model_requests().size() > before; },
        std::chrono::seconds{60});
    house.kill_container(id);
    const Json output = house.output_of(id, request);
    CHECK(output.at("status") == "failed");
    CHECK(output.at("error") == "Worker crashed: killed");
    const auto all = house.installation().messages("worker:developer:output");
    CHECK(std::ranges::count_if(
              all, [&](const Json& one) { return one.at("request_id") == request; }) == 1);
    // The output is published before the worker's row says how it ended.
    Json shown;
    tests::eventually("the row says how it ended", [&] {
        shown = house.installation().orchestrator({"worker", "show", id}).json.at("data");
        return shown.at("status") == "failed";
    });
    CHECK(shown.at("cause") == "killed");
    house.remove(id);
}

TEST_CASE("P1.9.6 a worker may do by the CLI what it was allowed, and nothing else") {
    House& house = House::get();
    const std::string id = house.worker({.agent = kClaude, .commands = {"project.get"}});
    const Json output = house.turn(id, "claude: overstep");
    CHECK(output.at("status") == "success");
    CHECK_FALSE(has(house.project_names(), "unauthorized"));
    house.remove(id);
    says(house.turn(house.product_owner(kClaude), "claude: overstep"), "code=4");
}

TEST_CASE("P1.10.1.1 claude: the pinned program runs in its image") {
    check_runs(kClaude);
}
TEST_CASE("P1.10.1.2 claude: its image is its own, and it has no network") {
    check_image(kClaude);
}
TEST_CASE("P1.10.1.3 claude: its instructions are in CLAUDE.md alone") {
    check_instructions(kClaude);
}
TEST_CASE("P1.10.1.4 claude: it answers a turn") {
    check_answers(kClaude);
}
TEST_CASE("P1.10.1.5 claude: its commands reach the API within their permissions") {
    check_command(kClaude);
}
TEST_CASE("P1.10.1.6 claude: it goes on with its session, and holds no secret") {
    check_remembers(kClaude);
    check_no_secret(kClaude);
}
TEST_CASE("P1.10.1.7 claude: a refused key is an error, and the next turn succeeds") {
    check_refused(kClaude);
}

TEST_CASE("P1.10.2.1 factory: the pinned program runs in its image") {
    check_runs(kFactory);
}
TEST_CASE("P1.10.2.2 factory: its image is its own, and it has no network") {
    check_image(kFactory);
}
TEST_CASE("P1.10.2.3 factory: its instructions are in AGENTS.md alone") {
    check_instructions(kFactory);
}
TEST_CASE("P1.10.2.4 factory: it answers a turn") {
    check_answers(kFactory);
}
TEST_CASE("P1.10.2.5 factory: its commands reach the API within their permissions") {
    check_command(kFactory);
}
TEST_CASE("P1.10.2.6 factory: it goes on with its session, and holds no secret") {
    check_remembers(kFactory);
    check_no_secret(kFactory);
}
TEST_CASE("P1.10.2.7 factory: a refused key is an error, and the next turn succeeds") {
    check_refused(kFactory);
}

TEST_CASE("P1.10.3.1 real model: it answers") {
    check_real("Answer with the single word aubergine.", "ubergine");
}
TEST_CASE("P1.10.3.2 real model: it runs a command") {
    check_real("Run `echo $((6 * 7))` in a shell and answer with what it printed.", "42");
}
TEST_CASE("P1.10.3.3 real model: it uses the CLI") {
    check_real("Run `orchestrator project list; echo code=$?` in a shell and quote its last line.",
               "code=0");
}
TEST_CASE("P1.10.3.4 real model: it remembers the turn before") {
    House::get(true).turn(House::get(true).product_owner(kClaude),
                          "Remember the word aubergine, and answer with OK.");
    check_real("Which word did I ask you to remember? Answer with it.", "ubergine");
}
