// What one worker may reach, and its use of the egress door: bytes, and refusals. On the event
// loop.
#pragma once

#include "contracts/base/log.h"
#include "control/egress/rules.h"
#include "control/gate/setting.h"

#include <deque>

namespace control {

class EgressAccount {
public:
    EgressAccount(EgressUpstream upstream, egress::Rules rules, std::string worker_id,
                  contracts::Log log)
        : upstream_(std::move(upstream)),
          rules_(std::move(rules)),
          worker_id_(std::move(worker_id)),
          log_(std::move(log)) {}

    [[nodiscard]] const egress::Rules& rules() const { return rules_; }
    [[nodiscard]] const LookUp& look_up() const { return upstream_.look_up; }
    [[nodiscard]] EgressTotals& totals() { return *upstream_.totals; }

    // False: the worker has used up its bytes.
    bool count(std::uint64_t bytes, std::atomic<std::uint64_t>& total);
    // `permission` if the worker has used up its bytes.
    [[nodiscard]] contracts::Result<void> admit(const egress::Target& target) const;
    // Counts a refusal, keeps it for `describe`, reports it to `on_refusal` and logs it, within
    // bounds.
    void note_refusal(const egress::Target& refused, const contracts::Error& why);
    // For the worker: the hosts it may reach, and recent refusals.
    [[nodiscard]] std::string describe() const;

private:
    [[nodiscard]] bool is_logged_now();

    EgressUpstream upstream_;
    egress::Rules rules_;
    std::string worker_id_;
    contracts::Log log_;
    std::uint64_t bytes_ = 0;
    std::uint64_t refused_ = 0;
    std::deque<std::string> last_refused_;
    std::chrono::steady_clock::time_point minute_{};
    int logged_ = 0;  // in that minute
};

}  // namespace control
