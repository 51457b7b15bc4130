#include "control/metrics/metrics.h"

#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace control {

namespace {

double resident_bytes() {
    long pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%*s %ld", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double processor_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double open_descriptors() {
    std::error_code failure;
    double count = -1;  // the descriptor that reads the directory
    for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", failure);
         !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
        ++count;
    return count;
}

double now_seconds() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

class Metrics::ReadMetrics {
public:
    void add(std::string name, std::string help, prometheus::MetricType type, MetricLabels labels,
             std::function<double()> read) {
        const std::lock_guard lock(mutex_);
        Family& family = all_[std::move(name)];
        family.help = std::move(help);
        family.type = type;
        family.members.push_back({std::move(labels), std::move(read)});
    }

    void collect(std::vector<prometheus::MetricFamily>& families) const {
        const std::lock_guard lock(mutex_);
        for (const auto& [name, family] : all_) {
            std::vector<prometheus::ClientMetric> metrics;
            for (const Member& member : family.members) {
                prometheus::ClientMetric metric;
                for (const auto& [label, value] : member.labels)
                    metric.label.push_back({label, value});
                (family.type == prometheus::MetricType::Counter ? metric.counter.value
                                                                : metric.gauge.value) =
                    member.read();
                metrics.push_back(std::move(metric));
            }
            families.push_back({name, family.help, family.type, std::move(metrics)});
        }
    }

private:
    struct Member {
        MetricLabels labels;
        std::function<double()> read;
    };
    struct Family {
        std::string help;
        prometheus::MetricType type = prometheus::MetricType::Gauge;
        std::vector<Member> members;
    };
    mutable std::mutex mutex_;
    std::map<std::string, Family> all_;
};

Metrics::Metrics()
    : registry_(std::make_unique<prometheus::Registry>()), read_(std::make_unique<ReadMetrics>()) {
    gauge("process_resident_memory_bytes", "Memory in use.", resident_bytes);
    counter("process_cpu_seconds_total", "Processor time used.", {}, processor_seconds);
    gauge("process_open_fds", "Open descriptors.", open_descriptors);
    gauge("process_start_time_seconds", "When the process began, since 1970.",
          [begun = now_seconds()] { return begun; });
}

Metrics::~Metrics() = default;

void Metrics::gauge(std::string name, std::string help, std::function<double()> read) {
    gauge(std::move(name), std::move(help), {}, std::move(read));
}

void Metrics::gauge(std::string name, std::string help, MetricLabels labels,
                    std::function<double()> read) {
    read_->add(std::move(name), std::move(help), prometheus::MetricType::Gauge, std::move(labels),
               std::move(read));
}

void Metrics::counter(std::string name, std::string help, MetricLabels labels,
                      std::function<double()> read) {
    read_->add(std::move(name), std::move(help), prometheus::MetricType::Counter, std::move(labels),
               std::move(read));
}

std::string Metrics::text() const {
    std::vector<prometheus::MetricFamily> families = registry_->Collect();
    read_->collect(families);
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace control
