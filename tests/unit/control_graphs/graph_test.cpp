#include "control/graphs/engine/graph.h"
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
    return {"toy", "a", {{"a", decide, {"b"}}, {"b", decide, {}}}, change, change, change};
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
        CHECK(graph.check().error().message.find("no way leads to node b") != std::string::npos);
    }
    SECTION("a start that is no node") {
        graph.start = "z";
        CHECK(graph.check().error().message.find("start z") != std::string::npos);
    }
    SECTION("a missing function") {
        graph.late = {};
        CHECK(graph.check().error().message.find("late") != std::string::npos);
    }
}

TEST_CASE("a graph is drawn with its current node marked") {
    CHECK(draw(two_nodes(), "b") ==
          "flowchart TD\n"
          "    __start__([start]) --> a\n"
          "    a\n"
          "    a --> b\n"
          "    b\n"
          "    classDef current fill:#fc6,stroke:#333,stroke-width:3px\n"
          "    class b current\n");
    CHECK(draw(two_nodes()).find("class") == std::string::npos);
}

TEST_CASE("the engineering graph holds together") {
    const auto checked = engineering_graph({}).check();
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
