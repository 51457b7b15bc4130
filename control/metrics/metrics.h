// What the daemon counts about itself, in the text format of Prometheus. Each role registers its
// own metrics at the registry; a value that is known only when it is asked for comes from a
// function. Thread: any.
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
    // The metrics of the process (memory, processor time, descriptors, start) are registered here.
    Metrics();
    ~Metrics();

    [[nodiscard]] prometheus::Registry& registry() { return *registry_; }
    // `read` is called at each scrape, on the scraper's thread, and must not wait.
    void gauge(std::string name, std::string help, std::function<double()> read);
    // One of several gauges of a name, distinguished by labels.
    void gauge(std::string name, std::string help, MetricLabels labels,
               std::function<double()> read);
    // A value that only grows and is known only when it is asked for; its name ends in "_total".
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
