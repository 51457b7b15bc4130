// What the daemon counts about itself, in the text that Prometheus reads. Each role registers what
// is its own at the registry; what is known only when somebody asks comes from a function. Thread:
// any.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace prometheus {
class Registry;
}

namespace control {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
public:
    // The process's own (memory, processor time, descriptors, start) are there from the beginning.
    Metrics();
    ~Metrics();

    [[nodiscard]] prometheus::Registry& registry() { return *registry_; }
    // `read` is called at each look, by whoever looks, and must not wait.
    void gauge(std::string name, std::string help, std::function<double()> read);
    // One of several gauges of a name, told apart by labels.
    void gauge(std::string name, std::string help, MetricLabels labels,
               std::function<double()> read);
    // What only grows, and is known only when somebody asks; its name ends in "_total".
    void counter(std::string name, std::string help, MetricLabels labels,
                 std::function<double()> read);
    // Text exposition format 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    class ReadMetrics;
    std::unique_ptr<prometheus::Registry> registry_;
    std::unique_ptr<ReadMetrics> read_;
};

inline constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace control
