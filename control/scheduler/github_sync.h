// Compares the organisation's repositories with our projects. A project's repository is recorded
// with its id, so a new name changes nothing. A repository that belongs to no project becomes a
// `discovered` project. A project whose repository is not in three lists in a row is `missing`, and
// gets its status back when the repository is back. A list that fails is one incident and changes
// no project.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "contracts/entities/entities.h"
#include "control/scheduler/periodic.h"
#include "control/store/database.h"

#include <vector>

namespace control {

inline constexpr std::int64_t kListsUntilRepositoryIsMissing = 3;

struct ListedRepository {
    std::string id;
    std::string full_name;  // "owner/name"
    std::string url;
    bool is_archived = false;
};

// Borrows database and clock.
struct RepositoryNeeds {
    Database& database;
    const contracts::Clock& clock;
    std::string owner;
    std::function<Result<std::vector<ListedRepository>>()> list;
    // The name of a project's repository in the organisation.
    std::function<std::string(const contracts::Project&)> repository_of;
};

struct RepositorySync {
    std::int64_t listed = 0;
    std::int64_t discovered = 0;
    std::int64_t went_missing = 0;
    std::int64_t came_back = 0;
};

// One round. `check_lead` is called in each transaction that writes, and its failure is the
// round's.
[[nodiscard]] Result<RepositorySync> sync_repositories(
    const RepositoryNeeds& needs, const std::function<Result<void>(Queries&)>& check_lead);

// The periodic task "github_sync".
[[nodiscard]] PeriodicTask github_sync_task(RepositoryNeeds needs, contracts::Log log,
                                            std::chrono::milliseconds interval);

}  // namespace control
