// The findings of one check of a server: a pure function from its figures, or from the reason why
// there are none. A figure between the two thresholds of a finding counts for neither, so that a
// value near the limit does not open and close an incident with every check.
#pragma once

#include "contracts/entities/inventory.h"
#include "control/provision/server_look.h"

#include <vector>

namespace control {

enum class FindingState { good, unsure, bad };

struct Finding {
    contracts::IncidentType type = contracts::IncidentType::server_unreachable;
    std::string subject;
    FindingState state = FindingState::good;
    contracts::Severity severity = contracts::Severity::medium;
    std::string title{};        // of the incident
    std::string description{};  // with the figures, and the next step
};

// How many checks in a row open an incident of a kind, and how many resolve it.
struct FindingLimits {
    std::int64_t bad = 1;
    std::int64_t good = 1;
};
[[nodiscard]] FindingLimits limits_of(contracts::IncidentType type);

// The subject of findings that do not concern a single file system.
inline constexpr const char* kHealthSubject = "health";

[[nodiscard]] std::vector<Finding> findings_of(const contracts::Server& server,
                                               const contracts::Result<ServerFigures>& figures);

// For people and the API: memory, disks and load in percent and in hundredths.
[[nodiscard]] contracts::Json usage_of(const ServerFigures& figures);

}  // namespace control
