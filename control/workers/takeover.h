// Workers of a daemon that is gone for good. An administrator has said so, or it has been silent
// for longer than `gone_after` while we watched: a wall clock that was set makes nobody silent. The
// first daemon to claim its rows answers for them, once; a daemon that comes back after all finds
// its workers given up, and ends them. Thread: the ticker's.
#pragma once

#include "control/store/daemons.h"
#include "control/workers/setting.h"

#include <map>

namespace control {

class GoneDaemons {
public:
    // Borrows.
    explicit GoneDaemons(const WorkersSetting& setting) : setting_(setting) {}

    // Makes the workers of daemons that are gone our own: those that were being made are answered
    // as not created, the others end as lost. Also takes the responses that a silent daemon has
    // decided and not sent. Failure: the store's; what is left is done by the next call.
    [[nodiscard]] Result<void> take_over();

private:
    struct Sight {
        contracts::Timestamp seen_at;  // as the daemon announced it
        contracts::Instant since;      // when we read that the first time
    };

    [[nodiscard]] bool is_gone(const DaemonRow& daemon);
    [[nodiscard]] Result<void> take_workers(const DaemonRow& daemon);
    [[nodiscard]] Result<void> take_responses(const DaemonRow& daemon);

    const WorkersSetting& setting_;
    std::map<std::string, Sight> sights_;
};

// Workers without an owner, of a version that did not write one, become ours when their files are
// here or have not been made yet. To be called before anything looks for our workers.
[[nodiscard]] Result<void> adopt_ownerless(const WorkersSetting& setting);

// Of workers that were ours and that another daemon has answered for: kills and removes the
// instances that are here, with their doors and directories.
[[nodiscard]] Result<void> end_given_up(const WorkersSetting& setting);

}  // namespace control
