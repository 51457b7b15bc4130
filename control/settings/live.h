// The settings that an administrator may change while the daemon runs: a closed list of intervals,
// limits and prompts. The functions that read the environment also read and check them; a value in
// the store overrides the environment's, on every daemon of the store and also after a restart,
// until it is removed. Users of such a setting ask for it each time (`now`).
//
// Thread: any; within a transaction only `within`.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/settings/settings.h"
#include "control/store/database.h"

#include <memory>
#include <mutex>

namespace control {

struct LiveChoice {
    std::string_view name;     // its name in the environment: "RETENTION_INTERVAL"
    std::string_view takes;    // "1 to 86400 seconds"
    std::string_view summary;  // a clause that describes it
    std::string (*value)(const Settings&);
};
[[nodiscard]] std::span<const LiveChoice> live_choices();
// Reads only these settings; each one that is not set keeps its value.
void read_live(contracts::Environment& environment, Settings& settings);
// `not_found`, field "name": it cannot be changed while the daemon runs. `invalid`, field "value".
[[nodiscard]] contracts::Result<void> check_live(const std::string& name, const std::string& value);

class LiveSettings {
public:
    // `at_start`: the environment's values. Borrows database and clock.
    LiveSettings(Settings at_start, Database& db, const contracts::Clock& clock,
                 contracts::Log log);

    // At most a second old. If the store does not answer: the last known values.
    [[nodiscard]] std::shared_ptr<const Settings> now();
    // As seen by a transaction. Fails if the store does.
    [[nodiscard]] contracts::Result<Settings> within(Queries& db) const;
    // The environment's values.
    [[nodiscard]] const Settings& at_start() const { return at_start_; }

private:
    // Call with `guard_` held.
    void look();

    const Settings at_start_;
    Database& db_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    std::mutex guard_;
    std::optional<contracts::Instant> looked_at_;
    std::shared_ptr<const Settings> current_;
};

}  // namespace control
