#include "control/images/images.h"

#include "contracts/base/id.h"
#include "tests/support/docker_engine.h"
#include "tests/support/temporary_directory.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <thread>

using contracts::AgentType;
using contracts::Capability;
using contracts::ErrorKind;
using contracts::Json;
using control::HttpClient;
using control::images::ImageRequest;
using control::images::Images;
using control::images::ImageSettings;

namespace {

// One engine for the whole program, with the base image loaded.
struct Engine {
    tests::DockerEngine engine;
    std::string base = engine.base_image();
};

const Engine& shared_engine() {
    static std::unique_ptr<Engine> engine;
    static std::string missing;
    if (!engine && missing.empty()) try {
            engine = std::make_unique<Engine>();
        } catch (const tests::NoDockerEngine& reason) {
            missing = reason.what();
        }
    if (!engine) SKIP(missing);
    return *engine;
}

// Images on the offline base; images that a test has built are removed at its end.
struct Workshop {
    const Engine& shared = shared_engine();
    tests::TemporaryDirectory directory;
    HttpClient http;
    ImageSettings settings{
        .base = shared.base, .agents_directory = directory.text(), .build_network = "none"};
    Images images = make();

    [[nodiscard]] Images make() { return Images(settings, http, shared.engine.socket()); }

    // A base image with `change` to its configuration, on which nothing has been built yet.
    void own_base(const std::string& change) {
        const std::string name = "orch-test-base-" + contracts::random_hex(4);
        const auto created = shared.engine.ask(
            "POST", "/containers/create", Json{{"Image", shared.base}, {"Cmd", {"true"}}}.dump());
        const std::string id = Json::parse(created.body)["Id"];
        const auto answer =
            shared.engine.ask("POST",
                              "/commit?container=" + id + "&repo=" + name +
                                  "&tag=1&changes=" + control::encode_percent(change),
                              "{}");
        (void)shared.engine.ask("DELETE", "/containers/" + id);
        if (answer.status != 201) throw std::runtime_error(answer.body);
        base_ = settings.base = name + ":1";
    }
    ~Workshop() {
        for (const std::string& hash : made)
            (void)images.remove(hash);
        if (!base_.empty()) (void)shared.engine.ask("DELETE", "/images/" + base_);
    }

    std::vector<std::string> made;

private:
    std::string base_;
};

constexpr const char* kFresh = "ENV FRESH=1";

}  // namespace

TEST_CASE("an image that is missing is built, and the next one who asks finds it") {
    Workshop shop;
    shop.own_base(kFresh);
    Images images = shop.make();
    const ImageRequest request{AgentType::custom, {Capability::git}};
    const auto plan = images.plan(request);
    REQUIRE(plan);
    CHECK(!plan->present);
    CHECK(plan->tag == "worker:" + plan->hash);
    std::string log;
    const auto made =
        images.ensure(request, [&log](std::string_view line) { log.append(line).append("\n"); });
    REQUIRE(made);
    shop.made.push_back(made->hash);
    CHECK(made->hash == plan->hash);
    CHECK(made->present);
    CHECK(log.find("Step 1/") != std::string::npos);
    CHECK(log.find("install-packages git") != std::string::npos);

    const auto found = shop.shared.engine.ask("GET", "/images/" + made->tag + "/json");
    REQUIRE(found.status == 200);
    const Json image = Json::parse(found.body);
    const Json& labels = image["Config"]["Labels"];
    CHECK(labels["com.codegen-orchestrator.image.hash"] == made->hash);
    CHECK(labels["com.codegen-orchestrator.image.input"] ==
          control::images::canonical_input(made->input));
    CHECK(image["Config"]["Entrypoint"] == Json::array({"/.worker/bin/worker-wrapper"}));

    bool built = false;
    const auto again = shop.make().ensure({AgentType::custom, {Capability::git, Capability::git}},
                                          [&built](std::string_view) { built = true; });
    REQUIRE(again);
    CHECK(again->tag == made->tag);
    CHECK(!built);
}

TEST_CASE("a hundred who ask for a new image make one build") {
    Workshop shop;
    shop.own_base(kFresh);
    Images images = shop.make();
    std::atomic<int> builds = 0;
    std::atomic<int> satisfied = 0;
    std::vector<std::jthread> askers;
    for (int i = 0; i < 100; ++i)
        askers.emplace_back([&] {
            const auto made =
                images.ensure({AgentType::custom, {}}, [&builds](std::string_view line) {
                    if (line.starts_with("Step 1/")) ++builds;
                });
            if (made && made->present) ++satisfied;
        });
    askers.clear();
    CHECK(satisfied == 100);
    CHECK(builds == 1);
    shop.made.push_back(images.plan({AgentType::custom, {}})->hash);
}

TEST_CASE("a failing build names its step, and the next try may succeed") {
    Workshop shop;
    // Without a network and without the package the installation must fail.
    Images images = shop.make();
    const auto failed = images.ensure({AgentType::custom, {Capability::github_cli}});
    REQUIRE(!failed);
    CHECK(failed.error().kind == ErrorKind::transient);
    CHECK(failed.error().message.find("(RUN install-packages gh git)") != std::string::npos);
    CHECK(failed.error().message.find("step ") != std::string::npos);
    const auto plan = images.plan({AgentType::custom, {Capability::github_cli}});
    REQUIRE(plan);
    CHECK(!plan->present);
}

TEST_CASE("a context that turns out wrong while it is sent makes no image") {
    Workshop shop;
    const auto pin = control::images::agent_pin(AgentType::claude, "amd64");
    REQUIRE(pin);
    shop.directory.write("claude/claude", std::string(3 << 20, 'x'), 0755);
    shop.directory.write("claude/claude.pinned",
                         pin->integrity + "\n" + std::string(64, '0') + "  claude\n");
    Images images = shop.make();
    const auto failed = images.ensure({AgentType::claude, {}});
    REQUIRE(!failed);
    CHECK(failed.error().kind == ErrorKind::invalid);
    CHECK(failed.error().field == "agents_directory");
    CHECK(!images.plan({AgentType::claude, {}})->present);
}

TEST_CASE("a base that is not there is pulled, and where that fails the base is named") {
    Workshop shop;
    shop.settings.base = "no-such-image-of-ours:1";
    Images images = shop.make();
    const auto failed = images.plan({AgentType::custom, {}});
    REQUIRE(!failed);
    CHECK(failed.error().field == "base");
    CHECK(failed.error().message.find("pull no-such-image-of-ours:1") != std::string::npos);
    shop.settings.base = "../json?x=";
    CHECK(shop.make().plan({AgentType::custom, {}}).error().kind == ErrorKind::invalid);
}

TEST_CASE("a base that would look like a worker, or brings a volume, is refused") {
    for (const char* change : {"LABEL com.codegen-orchestrator.owner=me",
                               "LABEL com.codegen-orchestrator.worker=w1", "VOLUME /escape"}) {
        Workshop shop;
        shop.own_base(change);
        Images images = shop.make();
        const auto refused = images.ensure({AgentType::custom, {}});
        INFO(change);
        REQUIRE(!refused);
        CHECK(refused.error().kind == ErrorKind::fatal);
        CHECK(refused.error().field == "base");
    }
}

TEST_CASE("a tag that was moved to another image does not count") {
    Workshop shop;
    shop.own_base(kFresh);
    Images images = shop.make();
    const auto plan = images.plan({AgentType::custom, {}});
    REQUIRE(plan);
    const auto tagged = shop.shared.engine.ask(
        "POST", "/images/" + shop.settings.base + "/tag?repo=worker&tag=" + plan->hash);
    REQUIRE(tagged.status == 201);
    CHECK(!images.plan({AgentType::custom, {}})->present);
    const auto made = images.ensure({AgentType::custom, {}});
    REQUIRE(made);
    shop.made.push_back(made->hash);
    CHECK(images.plan({AgentType::custom, {}})->present);
}

TEST_CASE("images are listed by what they say of themselves, and removed unless in use") {
    Workshop shop;
    shop.own_base(kFresh);
    Images images = shop.make();
    const auto made = images.ensure({AgentType::custom, {}});
    REQUIRE(made);
    shop.made.push_back(made->hash);
    const auto ours = [&] {
        int count = 0;
        const auto all = images.list();
        REQUIRE(all);
        for (const auto& image : *all)
            if (image.hash == made->hash && image.tag == made->tag && image.bytes > 0) ++count;
        return count;
    };
    CHECK(ours() == 1);
    const auto& engine = shop.shared.engine;
    const auto container =
        engine.ask("POST", "/containers/create", Json{{"Image", made->tag}}.dump());
    const std::string id = Json::parse(container.body)["Id"];
    const auto used = images.remove(made->hash);
    (void)engine.ask("DELETE", "/containers/" + id);
    REQUIRE(!used);
    CHECK(used.error().kind == ErrorKind::conflict);
    CHECK(ours() == 1);
    REQUIRE(images.remove(made->hash));
    CHECK(ours() == 0);
    CHECK(images.remove(made->hash));
}

TEST_CASE("whoever builds can be stopped, and so can one who waits") {
    Workshop shop;
    shop.own_base(kFresh);
    Images images = shop.make();
    std::stop_source stop;
    const auto stopped = images.ensure(
        {AgentType::custom, {}}, [&stop](std::string_view) { stop.request_stop(); },
        stop.get_token());
    REQUIRE(!stopped);
    CHECK(stopped.error().kind == ErrorKind::transient);
    const auto made = images.ensure({AgentType::custom, {}});
    REQUIRE(made);
    shop.made.push_back(made->hash);
}

TEST_CASE("the pinned agent is sent as a stream and runs in the image") {
    Workshop shop;
    shop.settings.agents_directory = ORCH_SOURCE_DIR "/build/agents";
    if (!std::filesystem::exists(shop.settings.agents_directory + "/claude/claude.pinned"))
        SKIP("run ci/agent-binary claude " + shop.settings.agents_directory + "/claude");
    Images images = shop.make();
    std::string log;
    // A set that workers do not use, so that on a shared engine no one else needs this build.
    const auto made =
        images.ensure({AgentType::claude, {Capability::git}},
                      [&log](std::string_view line) { log.append(line).append("\n"); });
    if (!made) FAIL(made.error().describe() << "\n" << log);
    shop.made.push_back(made->hash);
    // The recipe runs the agent, which prints its version.
    CHECK(log.find(made->input.agent_version) != std::string::npos);
}
