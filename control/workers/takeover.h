// Workers of a daemon that is gone for good: an administrator has declared it, or it has been
// silent for longer than `gone_after` while we watched (setting a wall clock makes nobody silent).
// The first daemon to claim its rows answers for them, once; a daemon that comes back after all
// finds its workers given up, and ends them. Thread: the ticker's.
#pragma once

#include "control/store/daemons.h"
#include "control/workers/setting.h"

#include <map>

namespace control {

class GoneDaemons {
public:
    // Borrows.
    explicit GoneDaemons(const WorkersSetting& setting) : setting_(setting) {}

    // Takes over the workers of daemons that are gone: those that were being created are answered
    // as not created, the others end as lost. Also takes the responses that a silent daemon has
    // decided and not sent. Failure: the store's; the next call does the rest.
    [[nodiscard]] Result<void> take_over();

private:
    struct Sight {
        contracts::Timestamp seen_at;  // as the daemon announced it
        contracts::Instant since;      // when we first read that
    };

    [[nodiscard]] bool is_gone(const DaemonRow& daemon);
    [[nodiscard]] Result<void> take_workers(const DaemonRow& daemon);
    [[nodiscard]] Result<void> take_responses(const DaemonRow& daemon);

    const WorkersSetting& setting_;
    std::map<std::string, Sight> sights_;
};

// Workers without an owner, from a version that did not write one, become ours if their files are
// here or have not been created yet. Call it before anything looks for our workers.
[[nodiscard]] Result<void> adopt_ownerless(const WorkersSetting& setting);

// For workers that were ours and that another daemon has answered for: kills and removes the
// instances on this machine, with their doors and directories.
[[nodiscard]] Result<void> end_given_up(const WorkersSetting& setting);

}  // namespace control
