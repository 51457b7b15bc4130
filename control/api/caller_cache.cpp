#include "control/api/caller_cache.h"

#include <algorithm>

namespace control {

namespace {

// Beyond them the store is asked: whoever may make tokens may make many. With so many patterns of
// their greatest length (allowed_commands.h) a caller has some 4 KiB.
constexpr std::size_t kMaxKnown = 1'024;
constexpr std::size_t kMaxPatterns = 32;

}  // namespace

Result<std::shared_ptr<const Caller>> CallerCache::find(std::string_view token) {
    const Moment asked{database_.commits(), clock_.instant()};
    const contracts::Timestamp now = clock_.now();
    // What cannot be a token may be as long as a header, and is not worth its digest.
    if (!tokens::has_form(token)) return fail(tokens::authenticate(database_, token, now).error());
    // How long the search takes tells something of the digests that are known, which leads to none
    // of their tokens.
    const Digest digest = contracts::sha256(token);
    if (std::shared_ptr<const Caller> known = recall(digest, asked);
        known && (!known->expires_at || *known->expires_at > now))
        return known;
    Result<Token> found = tokens::authenticate(database_, token, now);
    if (!found) return fail(std::move(found.error()));
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
    // While a group commits it is not known which side of it was read.
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
