#include "control/graphs/engine/graph.h"
#include "control/graphs/engine/call_filter.h"
#include "control/graphs/engineering/engineering.h"

#include <catch2/catch_test_macros.hpp>

namespace {

using namespace control::graphs;

Graph two_nodes() {
    const Decide decide = [](const Turn& turn, Effects&) -> Result<Step> {
        return Step{turn.state, Done{}};
    };
    const Change change = [](const Turn& turn, Effects&) -> Result<Json> {
        return turn.state;
    };
    return {
        .name = "toy",
        .start = "a",
        .nodes = {{.name = "a", .decide = decide, .edges = {"b"}}, {.name = "b", .decide = decide}},
        .cancelled = change,
        .retried = change,
        .late = change};
}

Result<void> keep_row(control::Queries&, const Json&, Timestamp) {
    return {};
}
Result<Json> no_answer(const Json&) {
    return Json::object();
}
Result<std::optional<Opening>> open_nothing(control::Queries&, const contracts::Entry&) {
    return std::nullopt;
}

Module sound_module() {
    Module module;
    module.graph = two_nodes();
    module.graph.nodes[0].writes = {"row.kept"};
    module.graph.nodes[1].calls = {"toy.call"};
    module.streams = {{.name = "toy:queue", .open = open_nothing}};
    module.writers = {{"row.kept", keep_row}};
    module.calls = {{"toy.call", no_answer}};
    return module;
}

std::string fault_of(const Module& module) {
    const Result<void> checked = module.check();
    return checked ? std::string() : checked.error().message;
}

}  // namespace

TEST_CASE("a graph that does not hold together is refused, and the fault is named") {
    Graph graph = two_nodes();
    REQUIRE(graph.check());
    SECTION("an edge to nowhere") {
        graph.nodes[1].edges = {"c"};
        CHECK(graph.check().error().message.find("edge to c") != std::string::npos);
    }
    SECTION("a node twice") {
        graph.nodes[1].name = "a";
        graph.nodes[0].edges = {"a"};
        CHECK(graph.check().error().message.find("two nodes a") != std::string::npos);
    }
    SECTION("a node that no way leads to") {
        graph.nodes[0].edges.clear();
        CHECK(graph.check().error().message.find("node cannot be reached: b") != std::string::npos);
    }
    SECTION("a start that is no node") {
        graph.start = "z";
        CHECK(graph.check().error().message.find("start z") != std::string::npos);
    }
    SECTION("a missing function") {
        graph.late = {};
        CHECK(graph.check().error().message.find("late") != std::string::npos);
    }
    SECTION("a cycle of nodes that never wait") {
        graph.nodes[1].edges = {"a"};
        CHECK(graph.check().error().message.find("cycle a -> b -> a") != std::string::npos);
        graph.nodes[1].waits = true;
        CHECK(graph.check());
    }
    SECTION("a node that leads to itself at once") {
        graph.nodes[1].edges = {"b"};
        CHECK(graph.check().error().message.find("cycle b -> b") != std::string::npos);
    }
}

TEST_CASE("a module that lacks what its nodes ask for is refused, and the slip is named") {
    Module module = sound_module();
    REQUIRE(fault_of(module).empty());
    SECTION("a writer with a slip in its name") {
        module.graph.nodes[0].writes = {"row.keep"};
        CHECK(fault_of(module).find("node a writes row.keep") != std::string::npos);
    }
    SECTION("a writer of the graph's changes") {
        module.graph.writes = {"row.lost"};
        CHECK(fault_of(module).find("the graph writes row.lost") != std::string::npos);
    }
    SECTION("a call that nothing answers") {
        module.graph.nodes[0].calls = {"toy.cal"};
        CHECK(fault_of(module).find("node a calls toy.cal") != std::string::npos);
    }
    SECTION("a stream without a function") {
        module.streams.push_back({.name = "toy:events"});
        CHECK(fault_of(module).find("toy:events needs one function") != std::string::npos);
    }
    SECTION("two streams that open threads") {
        module.streams.push_back({.name = "toy:other", .open = open_nothing});
        CHECK(fault_of(module).find("two streams") != std::string::npos);
    }
    SECTION("a task type of another name") {
        module.task_type = contracts::TaskType::deploy;
        CHECK(fault_of(module).find("tasks of type deploy") != std::string::npos);
    }
    SECTION("a task type and nothing that opens threads") {
        module.graph.name = "deploy";
        module.task_type = contracts::TaskType::deploy;
        module.streams.clear();
        CHECK(fault_of(module).find("no stream opens") != std::string::npos);
    }
}

TEST_CASE("two modules of one name, or with one queue, are refused") {
    Module other = sound_module();
    CHECK(check({sound_module(), other}).error().message.find("two graphs") != std::string::npos);
    other.graph.name = "other";
    CHECK(check({sound_module(), other}).error().message.find("toy:queue") != std::string::npos);
    other.streams[0].name = "other:queue";
    CHECK(check({sound_module(), other}));
}

TEST_CASE("a daemon makes the calls of its own roles") {
    CHECK(CallFilter{}.takes("forge.prepare"));
    const CallFilter graphs{{"forge.", "ci."}};
    CHECK(graphs.takes("forge.prepare"));
    CHECK(graphs.takes("ci.start"));
    CHECK_FALSE(graphs.takes("deploy.start"));
    CHECK_FALSE(graphs.takes("forge"));
}

TEST_CASE("a graph is drawn with its current node marked") {
    CHECK(draw(outline(two_nodes(), {}), "b") ==
          "flowchart TD\n"
          "    __start__([start]) --> a\n"
          "    a\n"
          "    a --> b\n"
          "    b\n"
          "    classDef current fill:#fc6,stroke:#333,stroke-width:3px\n"
          "    class b current\n");
    CHECK(draw(outline(two_nodes(), {})).find("class") == std::string::npos);
}

TEST_CASE("the engineering graph holds together") {
    CallHandlers calls;
    for (const char* name : {"forge.prepare", "forge.inspect_branch", "forge.set_aside",
                             "forge.read_file", "forge.advance_default_branch"})
        calls[name] = no_answer;
    const auto checked = engineering_module({}, calls).check();
    INFO((checked ? std::string() : checked.error().describe()));
    CHECK(checked);
}

TEST_CASE("effects have keys of thread, step and order, and request ids that follow from them") {
    Effects effects("t", 7);
    const std::string first = effects.next_request_id();
    effects.publish("s", Json::object());
    const std::string second = effects.next_request_id();
    CHECK(effects.call("c", Json::object()) == "called:t:7:1");
    CHECK(effects.effects()[0].key == "t:7:0");
    CHECK(first == uuid_of("t:7:0"));
    CHECK(second == uuid_of("t:7:1"));
    CHECK(first != second);
    CHECK(first.size() == 36);
    CHECK(first[14] == '8');
}
