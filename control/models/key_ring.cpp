#include "control/models/key_ring.h"

#include "contracts/base/text.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace control {

KeyRing::KeyRing(std::vector<ModelUpstream> upstreams, const contracts::Clock& clock)
    : clock_(clock) {
    for (ModelUpstream& upstream : upstreams)
        if (!upstream.url.empty() && !upstream.key.empty() && keys_.size() < kMaxKeys)
            keys_.push_back({std::move(upstream), {}});
}

std::optional<std::size_t> KeyRing::pick(std::uint32_t tried) const {
    const std::scoped_lock lock(guard_);
    const contracts::Instant now = clock_.instant();
    for (std::size_t i = 0; i < keys_.size(); ++i)
        if ((tried & (1U << i)) == 0 && keys_[i].usable_from <= now) return i;
    return std::nullopt;
}

void KeyRing::rest(std::size_t index, std::chrono::milliseconds time) {
    const std::scoped_lock lock(guard_);
    const auto bounded =
        std::clamp<std::chrono::milliseconds>(time, std::chrono::milliseconds(0), kLongestRest);
    Key& key = keys_[index];
    key.usable_from = std::max(key.usable_from, clock_.instant() + bounded);
}

std::size_t KeyRing::resting() const {
    const std::scoped_lock lock(guard_);
    const contracts::Instant now = clock_.instant();
    return static_cast<std::size_t>(std::count_if(
        keys_.begin(), keys_.end(), [&](const Key& key) { return key.usable_from > now; }));
}

std::chrono::seconds KeyRing::rests() const {
    const std::scoped_lock lock(guard_);
    auto first = contracts::Instant::max();
    for (const Key& key : keys_)
        first = std::min(first, key.usable_from);
    const auto left = std::chrono::ceil<std::chrono::seconds>(first - clock_.instant());
    return std::max(left, std::chrono::seconds(1));
}

std::optional<std::chrono::milliseconds> read_retry_after(std::string_view value,
                                                          contracts::Timestamp now) {
    value = contracts::trimmed(value);
    std::uint32_t seconds = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (failure == std::errc() && end == value.data() + value.size())
        return std::chrono::seconds(seconds);
    std::tm date{};
    const std::string text(value);
    const char* rest = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (rest == nullptr || *rest != '\0') return std::nullopt;
    const contracts::Timestamp until{std::chrono::seconds(::timegm(&date))};
    return std::max(until - now, std::chrono::milliseconds(0));
}

}  // namespace control
