#include "control/api/visits.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace control {

namespace {

// Seconds: a read is some hundred microseconds, a write waits for the disk.
const prometheus::Histogram::BucketBoundaries kBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                          0.05,   0.1,   0.25,   0.5,   1,    5};

}  // namespace

struct Visits::Counters {
    explicit Counters(prometheus::Registry& registry)
        : requests(prometheus::BuildCounter()
                       .Name("orchestrator_http_requests_total")
                       .Help("Requests to the API that were answered.")
                       .Register(registry)),
          seconds(prometheus::BuildHistogram()
                      .Name("orchestrator_http_request_seconds")
                      .Help("From a request's arrival to its answer.")
                      .Register(registry)) {}
    prometheus::Family<prometheus::Counter>& requests;
    prometheus::Family<prometheus::Histogram>& seconds;
};

Visits::Visits(Metrics* metrics, const contracts::Clock& clock, contracts::Log log, bool logged)
    : clock_(clock), log_(std::move(log)), logged_(logged) {
    if (metrics != nullptr) counters_ = std::make_unique<Counters>(metrics->registry());
}

Visits::~Visits() = default;

Visit Visits::begin(const HttpRequest& request) const {
    Visit visit;
    visit.method = request.method;
    visit.path = request.path;
    visit.began = clock_.instant();
    return visit;
}

void Visits::end(const Visit& visit, const HttpResponse& response) const {
    const auto took = clock_.instant() - visit.began;
    if (logged_)
        log_.info("request", {{"method", visit.method},
                              {"path", visit.path},
                              {"status", response.status},
                              {"bytes", response.body.size()},
                              {"duration_us",
                               std::chrono::duration_cast<std::chrono::microseconds>(took).count()},
                              {"caller", visit.caller}});
    if (!counters_) return;
    const std::string route(visit.route);
    // A method that nobody serves has any name.
    const std::string method = visit.route == "none" ? "other" : visit.method;
    counters_->requests
        .Add({{"method", method}, {"route", route}, {"status", std::to_string(response.status)}})
        .Increment();
    counters_->seconds.Add({{"route", route}}, kBuckets)
        .Observe(std::chrono::duration<double>(took).count());
}

}  // namespace control
