#include "control/gate/egress_account.h"

namespace control {

using contracts::ErrorKind;
using contracts::fail;

namespace {

constexpr std::size_t kRefusalsKept = 20;
constexpr int kRefusalsLoggedAMinute = 10;

}  // namespace

bool EgressAccount::count(std::uint64_t bytes, std::atomic<std::uint64_t>& total) {
    bytes_ += bytes;
    total.fetch_add(bytes, std::memory_order_relaxed);
    return bytes_ <= static_cast<std::uint64_t>(upstream_.settings.worker_mb) << 20;
}

Result<void> EgressAccount::admit(const egress::Target& target) const {
    if (Result<void> admitted = rules_.admit(target); !admitted) return admitted;
    if (bytes_ <= static_cast<std::uint64_t>(upstream_.settings.worker_mb) << 20) return {};
    return fail(
        ErrorKind::permission,
        "this worker has transferred its " + std::to_string(upstream_.settings.worker_mb) + " MB",
        {}, "an administrator can allow more with EGRESS_WORKER_MB of orchestratord");
}

void EgressAccount::note_refusal(const egress::Target& refused, const contracts::Error& why) {
    const std::string target = egress::to_text(refused);
    ++refused_;
    upstream_.totals->refused.fetch_add(1, std::memory_order_relaxed);
    last_refused_.push_back(target + ": " + why.message);
    if (last_refused_.size() > kRefusalsKept) last_refused_.pop_front();
    if (upstream_.on_refusal)
        upstream_.on_refusal({worker_id_, refused.host, refused.port, why.message});
    if (is_logged_now())
        log_.warning("a connection to the outside was refused",
                     {{"target", target}, {"reason", why.message}, {"refused_so_far", refused_}});
}

std::string EgressAccount::describe() const {
    std::string text = "This worker may reach: " + rules_.describe() + "\n";
    if (last_refused_.empty()) return text + "Nothing was refused.\n";
    text += "Refused so far: " + std::to_string(refused_) + ". The last ones:\n";
    for (const std::string& line : last_refused_)
        text.append("  ").append(line).append("\n");
    return text + "An administrator can allow more with EGRESS_ALLOW of orchestratord.\n";
}

// An agent that tries a thousand hosts gets a thousand refusals, but the log only a few lines.
bool EgressAccount::is_logged_now() {
    const auto now = std::chrono::steady_clock::now();
    if (now - minute_ >= std::chrono::minutes(1)) {
        minute_ = now;
        logged_ = 0;
    }
    return logged_++ < kRefusalsLoggedAMinute;
}

}  // namespace control
