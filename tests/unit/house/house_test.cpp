#include "tests/support/temporary_directory.h"
#include "tests/unit/house/include_rules.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

using namespace house;

namespace {

struct Source {
    std::string path;  // relative to the checkout
    std::string text;
};

// All code that the three programs are made of.
const std::vector<Source>& sources() {
    static const std::vector<Source> all = [] {
        std::vector<Source> found;
        const std::filesystem::path root = ORCH_SOURCE_DIR;
        for (const char* folder : {"contracts", "wrapper", "cli", "control"})
            for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
                const std::string end = entry.path().extension();
                if (end == ".h" || end == ".cpp" || end == ".c")
                    found.push_back({std::filesystem::relative(entry.path(), root),
                                     tests::read_file(entry.path())});
            }
        return found;
    }();
    return all;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += line + '\n';
    return text;
}

Graph graph_of(const auto& name_of) {
    Graph graph;
    for (const Source& source : sources())
        for (const Include& include : includes_of(source.text)) {
            if (!include.quoted) continue;
            const std::string from = name_of(source.path), to = name_of(include.name);
            if (from != to) graph[from].emplace(to, source.path);
        }
    return graph;
}

std::size_t faults(const char* path, const char* text) {
    return crossings(path, text).size();
}

}  // namespace

TEST_CASE("nobody in the house goes through a wall") {
    REQUIRE(sources().size() > 200);
    std::vector<std::string> all;
    for (const Source& source : sources())
        for (std::string& fault : crossings(source.path, source.text))
            all.push_back(std::move(fault));
    INFO(joined(all));
    CHECK(all.empty());
}

TEST_CASE("every include of ours is written from the root and exists") {
    std::vector<std::string> missing;
    for (const Source& source : sources())
        for (const Include& include : includes_of(source.text))
            if (include.quoted &&
                !std::filesystem::exists(std::filesystem::path(ORCH_SOURCE_DIR) / include.name))
                missing.push_back(source.path + ": " + include.name);
    INFO(joined(missing));
    CHECK(missing.empty());
}

TEST_CASE("headers include each other in no circle") {
    CHECK(find_circle(graph_of([](const std::string& path) { return path; })) == "");
}

TEST_CASE("rooms of contracts and control know each other in no circle") {
    Graph graph = graph_of([](const std::string& path) { return room_of(path); });
    std::erase_if(graph, [](const auto& node) {
        return !node.first.starts_with("contracts/") && !node.first.starts_with("control/");
    });
    CHECK(find_circle(graph) == "");
}

TEST_CASE("a crossed wall is seen") {
    CHECK(faults("contracts/base/id.h", "#include \"control/store/rows.h\"\n") == 1);
    CHECK(faults("wrapper/worker.cpp", "#include \"cli/options.h\"\n") == 1);
    CHECK(faults("cli/main.cpp", "#include \"wrapper/task.h\"\n") == 1);
    CHECK(faults("control/workers/workers.cpp", "#include \"wrapper/task.h\"\n") == 1);
    CHECK(faults("control/workers/workers.cpp", "#include \"control/graphs/graphs.h\"\n") == 1);
    CHECK(faults("control/api/api.cpp", "#include \"control/bus/bus.h\"\n") == 1);
    CHECK(faults("control/store/rows.cpp", "#include \"control/api/api.h\"\n") == 1);
    CHECK(faults("control/gate/gate.cpp", "  #  include \"control/daemon/daemon.h\"\n") == 1);
    CHECK(faults("control/daemon/daemon.cpp", "#include \"control/wiring/wiring.h\"\n") == 1);
    CHECK(faults("control/api/api.cpp", "#include \"control/roles.h\"\n") == 1);
    CHECK(faults("control/workers/workers.cpp", "#include \"control/ports/ports.h\"\n") == 1);
    CHECK(faults("control/news/news.cpp", "") == 1);
    constexpr const char* kGraph = "#include \"control/graphs/engineering/engineering.h\"\n";
    for (const char* part : {"engine/engine.cpp", "delivery/caller.cpp", "intake/intake.cpp",
                             "kit/call.cpp", "graphs.cpp", "module.h", "another/another.cpp"})
        CHECK(faults((std::string("control/graphs/") + part).c_str(), kGraph) == 1);
    CHECK(faults("control/graphs/engineering/work.cpp", kGraph) == 0);
    CHECK(faults("control/wiring/graphs.cpp", kGraph) == 0);
    CHECK(faults("control/graphs/another/another.cpp",
                 "#include \"control/graphs/kit/call.h\"\n") == 0);
    CHECK(faults("control/workers/workers.cpp", "#include <boost/asio.hpp>\n") == 1);
    CHECK(faults("wrapper/worker.cpp", "#include <iostream>\n") == 1);
}

TEST_CASE("an open door is no wall") {
    CHECK(faults("control/main.cpp", "#include \"control/roles.h\"\n") == 0);
    CHECK(faults("control/roles.cpp", "#include \"control/wiring/wiring.h\"\n") == 0);
    CHECK(faults("control/wiring/graphs.cpp", "#include \"control/graphs/graphs.h\"\n") == 0);
    CHECK(faults("control/workers/intake.cpp",
                 "#include \"control/workers/intake.h\"\n"
                 "#include \"control/store/workers.h\"\n"
                 "#include \"contracts/base/id.h\"\n") == 0);
    CHECK(faults("control/http/server.cpp", "#include <boost/asio.hpp>\n") == 0);
}

TEST_CASE("a circle is told with its way") {
    const Graph circle{{"a", {{"b", "a.h"}}}, {"b", {{"c", "b.h"}}}, {"c", {{"b", "c.h"}}}};
    CHECK(find_circle(circle) == "b -> c (b.h) -> b (c.h)");
    CHECK(find_circle({{"a", {{"b", "a.h"}, {"c", "a.h"}}}, {"b", {{"c", "b.h"}}}}) == "");
}
