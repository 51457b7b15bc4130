// Digests: how often a user receives a report, and what it contains. Functions over Queries.
#pragma once

#include "control/store/budgets.h"

namespace control {

enum class DigestFrequency { off, daily, weekly };
inline constexpr std::string_view kDigestFrequencyNames[] = {"off", "daily", "weekly"};
constexpr contracts::Choices choices_of(DigestFrequency) {
    return kDigestFrequencyNames;
}

struct DigestRow {
    std::string user_id;
    DigestFrequency frequency = DigestFrequency::daily;
    contracts::Timestamp since{};  // what happened before has been reported
};

// What happened to a user's projects since then, and their current state. Each list is bounded.
struct Standing {
    struct Project {
        std::string name;
        std::int64_t built = 0;
        std::int64_t deployed = 0;
        std::int64_t failed = 0;
    };
    struct Question {
        std::string project;
        std::string reason;
    };
    struct Deployment {
        std::string project;
        std::string status;
        std::string url;
        std::optional<contracts::Timestamp> since;
    };
    std::vector<Project> projects;
    std::vector<Question> questions;  // that wait for an answer
    std::vector<Deployment> deployments;
    std::int64_t incidents = 0;
    std::int64_t open_incidents = 0;
};

namespace digests {

// `off` ends the digest. The next one is due a day or a week from now.
[[nodiscard]] Result<void> set(Queries& db, const std::string& user_id, DigestFrequency frequency,
                               contracts::Timestamp now);
[[nodiscard]] Result<DigestFrequency> find(Queries& db, const std::string& user_id);
// The digests that are due, at most `limit`.
[[nodiscard]] Result<std::vector<DigestRow>> due(Queries& db, contracts::Timestamp now, int limit);
// Records that it was sent: the next one is due a day or a week from now, however late this one
// was.
[[nodiscard]] Result<void> told(Queries& db, const DigestRow& row, contracts::Timestamp now);
[[nodiscard]] Result<Standing> standing(Queries& db, const std::string& user_id,
                                        contracts::Timestamp since);

}  // namespace digests
}  // namespace control
