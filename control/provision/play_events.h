// The events of a play, line by line (playbooks/callback_plugins/orchestrator.py).
#pragma once

#include "control/provision/provision.h"

#include <string_view>

namespace control::provision {

class PlayEvents {
public:
    explicit PlayEvents(OnTask on_task) : on_task_(std::move(on_task)) {}

    // A line that is not one of our events is ignored: the output may come from any program.
    void take(std::string_view line);

    // `exit_code` and `rest` (the end of standard error) explain the end if the play did not report
    // one.
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
