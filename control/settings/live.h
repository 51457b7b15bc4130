// The settings that an administrator may change while the daemon runs: a closed list of intervals,
// limits and prompts. They are read and checked by the functions that read the environment; a value
// in the store counts in place of the environment's, on every daemon of the store and also after a
// restart, until it is given back. Whoever uses one asks for it each time (`now`).
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
    std::string_view name;     // the environment's: "RETENTION_INTERVAL"
    std::string_view takes;    // "1 to 86400 seconds"
    std::string_view summary;  // one clause
    std::string (*value)(const Settings&);
};
[[nodiscard]] std::span<const LiveChoice> live_choices();
// Reads these and no others; each that is not there stays as it is.
void read_live(contracts::Environment& environment, Settings& settings);
// `not_found`, field "name": it cannot be changed while the daemon runs. `invalid`, field "value".
[[nodiscard]] contracts::Result<void> check_live(const std::string& name, const std::string& value);

class LiveSettings {
public:
    // `at_start`: what the environment says. Borrows database and clock.
    LiveSettings(Settings at_start, Database& db, const contracts::Clock& clock,
                 contracts::Log log);

    // As of a second ago at most. When the store does not answer: as they were known last.
    [[nodiscard]] std::shared_ptr<const Settings> now();
    // As seen by a transaction. Fails if the store does.
    [[nodiscard]] contracts::Result<Settings> within(Queries& db) const;
    // As the environment has them.
    [[nodiscard]] const Settings& at_start() const { return at_start_; }

private:
    // `guard_` is held.
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
