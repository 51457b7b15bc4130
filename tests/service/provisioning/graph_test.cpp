// The provisioning graph by its decisions: each node is asked as the engine asks it.
#include "control/graphs/provisioning/calls.h"
#include "control/graphs/provisioning/provisioning.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using namespace control::graphs;
using contracts::Json;

namespace {

// Walks one thread; calls are answered as the test says.
struct Walk {
    Graph graph = provisioning_graph({});
    Json state{{"request_id", "r1"}, {"correlation_id", "c1"}, {"server_handle", "web-1"}};
    std::string node = "begin";
    std::int64_t step = 0;
    std::vector<std::string> calls;
    std::vector<Json> notices, results;
    std::vector<Json> written;
    std::string end;  // "done", "failed"; empty: it goes on

    // What the answers to a call are, by its name; the last one stays.
    std::map<std::string, std::vector<Json>> answers;

    void run() {
        Event event = entered();
        for (int moves = 0; moves < 200 && end.empty(); ++moves)
            event = move(event);
        REQUIRE_FALSE(end.empty());
    }

private:
    Event move(const Event& event) {
        Effects effects("thread", ++step);
        const Node* at = graph.find(node);
        REQUIRE(at != nullptr);
        const Turn turn{"thread", step, node, contracts::Timestamp{}, state, event};
        const auto decided = at->decide(turn, effects);
        INFO(node);
        REQUIRE(decided.has_value());
        state = decided->state;
        take(effects);
        if (std::holds_alternative<Done>(decided->next)) end = "done";
        if (std::holds_alternative<Failed>(decided->next)) end = "failed";
        if (const auto* next = std::get_if<GoTo>(&decided->next)) node = next->node;
        const auto* wait = std::get_if<Wait>(&decided->next);
        if (wait == nullptr) return entered();
        if (wait->keys.empty()) return {std::string(kTimeout), {}, Json::object()};
        return {std::string(kCalled), "x", answer(calls.back())};
    }
    void take(const Effects& effects) {
        for (const Effect& effect : effects.effects()) {
            if (effect.kind == EffectKind::call) calls.push_back(effect.target);
            if (effect.target == "chat:notices") notices.push_back(effect.body);
            if (effect.target == "provisioner:results") results.push_back(effect.body);
        }
        for (const Write& write : effects.writes())
            written.push_back(write.body);
    }
    Json answer(const std::string& name) {
        auto& all = answers[name];
        if (all.empty())
            return Json{{"ok", true}, {"value", {{"server_id", "s"}, {"address", "a"}}}};
        Json first = all.front();
        if (all.size() > 1) all.erase(all.begin());
        return first;
    }
};

Json failure(const char* kind) {
    return {{"ok", false}, {"kind", kind}, {"error", "it broke"}};
}
const Json kFine{{"ok", true}, {"value", Json::object()}};

}  // namespace

TEST_CASE("provisioning: the module holds together") {
    CHECK(provisioning_module({}, provision_call_names()).check().has_value());
}

TEST_CASE("provisioning: the road to a server that is ready") {
    Walk walk;
    walk.run();
    CHECK(walk.end == "done");
    CHECK(walk.calls == std::vector<std::string>{"provision.begin", "provision.reach",
                                                 "provision.access", "provision.software"});
    REQUIRE(walk.written.size() == 1);
    CHECK(walk.written[0]["status"] == "active");
    REQUIRE(walk.results.size() == 1);
    CHECK(walk.results[0]["status"] == "success");
    CHECK(walk.notices.at(0)["kind"] == "provisioned");
}

TEST_CASE("provisioning: what passes is tried three times, and never reinstalled") {
    Walk walk;
    walk.answers["provision.reach"] = {failure("transient")};
    walk.run();
    CHECK(walk.end == "failed");
    CHECK(std::ranges::count(walk.calls, "provision.begin") == 3);
    CHECK(std::ranges::count(walk.calls, "provision.reinstall") == 0);
    CHECK(walk.written.at(0)["status"] == "unreachable");
    CHECK(walk.results.at(0)["status"] == "failed");
    CHECK(walk.notices.at(0)["kind"] == "provision_failed");
}

TEST_CASE("provisioning: what a person has to see to is tried once") {
    Walk walk;
    walk.answers["provision.access"] = {failure("permanent")};
    walk.run();
    CHECK(std::ranges::count(walk.calls, "provision.begin") == 1);
    CHECK(walk.written.at(0)["status"] == "error");
}

TEST_CASE("provisioning: a request that is refused leaves the server as it is") {
    Walk walk;
    walk.answers["provision.begin"] = {failure("conflict")};
    walk.run();
    CHECK(walk.end == "failed");
    CHECK(walk.written.empty());
    CHECK(walk.results.at(0)["errors"].size() == 1);
}

TEST_CASE("provisioning: a reinstall is done once, whatever fails after it") {
    Walk walk;
    walk.state["force_reinstall"] = true;
    walk.answers["provision.software"] = {failure("transient"), kFine};
    walk.run();
    CHECK(walk.end == "done");
    CHECK(std::ranges::count(walk.calls, "provision.reinstall") == 1);
    CHECK(std::ranges::count(walk.calls, "provision.begin") == 2);

    Walk broken;
    broken.state["force_reinstall"] = true;
    broken.answers["provision.reinstall"] = {failure("transient")};
    broken.run();
    CHECK(broken.end == "failed");
    CHECK(std::ranges::count(broken.calls, "provision.begin") == 1);
}
