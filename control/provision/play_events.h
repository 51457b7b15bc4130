// What a play tells, line by line (playbooks/callback_plugins/orchestrator.py).
#pragma once

#include "control/provision/provision.h"

#include <string_view>

namespace control::provision {

class PlayEvents {
public:
    explicit PlayEvents(OnTask on_task) : on_task_(std::move(on_task)) {}

    // A line that is not an event of ours is left out: the output may be anybody's.
    void take(std::string_view line);

    // `exit_code` and `rest` (the last words of standard error) are what is left to say where the
    // play told no end.
    [[nodiscard]] contracts::Result<PhaseEnd> end(int exit_code, const std::string& rest) const;

private:
    OnTask on_task_;
    PhaseEnd counts_;
    bool has_ended_ = false;
    bool is_unreachable_ = false;
    std::string failed_task_;
    std::string message_;
};

}  // namespace control::provision
