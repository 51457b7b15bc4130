// The names under which projects are reached over https.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <optional>
#include <string>
#include <vector>

namespace control::project_domains {

enum class State {
    waiting,  // its DNS entry does not lead here yet
    leading,  // the web server knows it; it has not answered yet
    live,     // it has answered over https
};

struct Domain {
    std::string domain;  // a host name in lower case
    std::string project_id;
    bool is_own = false;  // a user's own; otherwise it is below DEPLOY_DOMAIN
    State state = State::waiting;
    std::string reason;  // why it does not answer; empty: it does, or nobody has looked yet
    contracts::Timestamp since{};      // of the state
    contracts::Timestamp looked_at{};  // at its DNS entry or its answer
};

inline constexpr std::int64_t kMostOwn = 20;  // of one project

// By name.
[[nodiscard]] Result<std::vector<Domain>> all(Queries& db);
[[nodiscard]] Result<std::vector<Domain>> of_project(Queries& db, const std::string& project_id);
// The name in a project's URL: a live one, a user's own before the given one; empty: none is live.
[[nodiscard]] Result<std::string> live_name(Queries& db, const std::string& project_id);
// The same among `names`, in the order of `all`.
[[nodiscard]] std::string live_name(const std::vector<Domain>& names,
                                    const std::string& project_id);
// Another project has it: `conflict`, field "domain". This project has it: nothing changes.
[[nodiscard]] Result<void> add(Queries& db, const std::string& domain,
                               const std::string& project_id, bool is_own,
                               contracts::Timestamp now);
// The name below DEPLOY_DOMAIN that the project was given; none: nothing changes.
[[nodiscard]] Result<void> remove_given(Queries& db, const std::string& project_id);
// The project has no such domain of its user's own: `not_found`.
[[nodiscard]] Result<void> remove_own(Queries& db, const std::string& domain,
                                      const std::string& project_id);
// Records a look. `since` changes only with the state.
[[nodiscard]] Result<void> note(Queries& db, const std::string& domain, State state,
                                const std::string& reason, contracts::Timestamp now);
[[nodiscard]] std::string_view name_of(State state);

}  // namespace control::project_domains
