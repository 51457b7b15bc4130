#include "control/api/visits.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <map>
#include <mutex>
#include <tuple>

namespace control {

namespace {

// In seconds: a read takes some hundred microseconds, a write waits for the disk.
const prometheus::Histogram::BucketBoundaries kBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                          0.05,   0.1,   0.25,   0.5,   1,    5};

}  // namespace

// The registry finds a counter by its labels, which takes longer than the rest of a visit, so each
// counter is looked up once for each kind of answer. The number of kinds is bounded by the routes'
// methods and statuses.
struct Visits::Counters {
    struct Kind {
        prometheus::Counter* requests;
        prometheus::Histogram* seconds;
    };

    explicit Counters(prometheus::Registry& registry)
        : requests(prometheus::BuildCounter()
                       .Name("orchestrator_http_requests_total")
                       .Help("Requests to the API that were answered.")
                       .Register(registry)),
          seconds(prometheus::BuildHistogram()
                      .Name("orchestrator_http_request_seconds")
                      .Help("From a request's arrival to its answer.")
                      .Register(registry)) {}

    Kind kind_of(const Visit& visit, int status) {
        // An unsupported method may have any name.
        const std::string_view method =
            visit.route == "none" ? std::string_view("other") : std::string_view(visit.method);
        const std::lock_guard lock(mutex);
        const auto found = kinds.find(std::tuple(visit.route, method, status));
        if (found != kinds.end()) return found->second;
        const std::string route(visit.route);
        const Kind kind{&requests.Add({{"method", std::string(method)},
                                       {"route", route},
                                       {"status", std::to_string(status)}}),
                        &seconds.Add({{"route", route}}, kBuckets)};
        kinds.emplace(std::tuple(visit.route, std::string(method), status), kind);
        return kind;
    }

private:
    prometheus::Family<prometheus::Counter>& requests;
    prometheus::Family<prometheus::Histogram>& seconds;
    std::mutex mutex;
    std::map<std::tuple<std::string_view, std::string, int>, Kind, std::less<>> kinds;
};

Visits::Visits(Metrics* metrics, const contracts::Clock& clock, contracts::Log log, bool logged)
    : clock_(clock), log_(std::move(log)), logged_(logged) {
    if (metrics != nullptr) counters_ = std::make_unique<Counters>(metrics->registry());
}

Visits::~Visits() = default;

Visit Visits::begin(const HttpRequest& request) const {
    Visit visit;
    visit.method = request.method;
    if (logged_) visit.path = request.path;
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
    const Counters::Kind kind = counters_->kind_of(visit, response.status);
    kind.requests->Increment();
    kind.seconds->Observe(std::chrono::duration<double>(took).count());
}

}  // namespace control
