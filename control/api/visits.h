// Every request and its outcome: a line in the log, and counts by route. The path is logged without
// its query; bodies and headers are never logged. Thread: any.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/http/message.h"
#include "control/metrics/metrics.h"

#include <chrono>
#include <memory>

namespace control {

struct Visit {
    std::string method;
    std::string path;                 // as it will be logged
    std::string_view route = "none";  // the pattern that matched
    std::string caller = "nobody";
    contracts::Instant began{};
};

class Visits {
public:
    // `metrics` outlives us; null: nothing is counted. Without `logged`, only internal failures are
    // logged.
    Visits(Metrics* metrics, const contracts::Clock& clock, contracts::Log log, bool logged);
    ~Visits();

    [[nodiscard]] Visit begin(const HttpRequest& request) const;
    void end(const Visit& visit, const HttpResponse& response) const;

private:
    struct Counters;
    const contracts::Clock& clock_;
    contracts::Log log_;
    bool logged_;
    std::unique_ptr<Counters> counters_;
};

}  // namespace control
