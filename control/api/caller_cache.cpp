#include "control/api/caller_cache.h"

#include <algorithm>

namespace control {

namespace {

// With more callers than this the store is asked: a caller that may create tokens may create many.
// A caller with this many patterns of the greatest length (allowed_commands.h) takes about 4 KiB.
constexpr std::size_t kMaxKnown = 1'024;
constexpr std::size_t kMaxPatterns = 32;

}  // namespace

Result<std::shared_ptr<const Caller>> CallerCache::find(std::string_view token) {
    const Moment asked{database_.commits(), clock_.instant()};
    const contracts::Timestamp now = clock_.now();
    // Text that cannot be a token may be as long as a header; do not spend a digest on it.
    if (!tokens::has_form(token)) return fail(tokens::authenticate(database_, token, now).error());
    // The time of the search reveals something about known digests, but a digest does not lead to
    // its token.
    const Digest digest = contracts::sha256(token);
    if (std::shared_ptr<const Caller> known = recall(digest, asked);
        known && (!known->expires_at || *known->expires_at > now))
        return known;
    Result<Token> found = tokens::authenticate(database_, token, now);
    if (!found) return found.fault();
    auto caller = std::make_shared<const Caller>(Caller::of(*found, now));
    keep(digest, caller, asked);
    return caller;
}

std::shared_ptr<const Caller> CallerCache::recall(const Digest& token, const Moment& now) {
    const std::lock_guard lock(mutex_);
    if (since_.commits != now.commits || now.at - since_.at >= kLongest) return nullptr;
    const auto found = known_.find(token);
    return found == known_.end() ? nullptr : found->second;
}

void CallerCache::keep(const Digest& token, std::shared_ptr<const Caller> caller,
                       const Moment& asked) {
    // An odd number: a group commit is under way, and the row may be from before or after it.
    if (asked.commits % 2 != 0 || caller->allowed.patterns().size() > kMaxPatterns) return;
    const std::lock_guard lock(mutex_);
    if (since_.commits != asked.commits || asked.at - since_.at >= kLongest) {
        known_.clear();
        since_ = asked;
    }
    since_.at = std::min(since_.at, asked.at);
    if (known_.size() < kMaxKnown) known_.insert_or_assign(token, std::move(caller));
}

}  // namespace control
