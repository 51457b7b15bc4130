#include "control/metrics/metrics.h"

#include <catch2/catch_test_macros.hpp>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace control {

TEST_CASE("what is counted and what is asked for stand in one text") {
    Metrics metrics;
    double seen = 1;
    metrics.gauge("test_waiting", "Who waits.", [&seen] { return seen; });
    prometheus::BuildCounter()
        .Name("test_done_total")
        .Help("What is done.")
        .Register(metrics.registry())
        .Add({{"kind", "a"}})
        .Increment(3);
    CHECK(metrics.text().find("test_done_total{kind=\"a\"} 3\n") != std::string::npos);
    CHECK(metrics.text().find("# TYPE test_waiting gauge\ntest_waiting 1\n") != std::string::npos);
    seen = 7;
    CHECK(metrics.text().find("test_waiting 7\n") != std::string::npos);
}

TEST_CASE("gauges of one name stand together, told apart by their labels") {
    Metrics metrics;
    metrics.gauge("test_runs", "Runs.", {{"task", "a"}}, [] { return 1.0; });
    metrics.gauge("test_other", "Others.", [] { return 5.0; });
    metrics.gauge("test_runs", "Runs.", {{"task", "b"}}, [] { return 2.0; });
    CHECK(metrics.text().find("# TYPE test_runs gauge\n"
                              "test_runs{task=\"a\"} 1\n"
                              "test_runs{task=\"b\"} 2\n") != std::string::npos);
}

TEST_CASE("the process tells of itself") {
    const std::string text = Metrics().text();
    const auto value = [&text](const std::string& name) {
        const std::size_t at = text.find("\n" + name + " ");
        REQUIRE(at != std::string::npos);
        return std::stod(text.substr(at + name.size() + 2));
    };
    CHECK(value("process_resident_memory_bytes") > 1 << 20);
    CHECK(value("process_open_fds") >= 3);
    CHECK(value("process_cpu_seconds_total") > 0);
    CHECK(value("process_start_time_seconds") > 1.7e9);
}

}  // namespace control
