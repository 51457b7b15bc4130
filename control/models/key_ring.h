// The keys of one provider, in the order in which they are used. A key that the provider turns away
// rests for as long as the provider asks, for all callers; the next one is used meanwhile. Thread:
// any.
#pragma once

#include "contracts/base/clock.h"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct ModelUpstream {
    std::string url;  // "https://host" without a trailing slash
    std::string key;  // the daemon's key
};

inline constexpr std::size_t kMaxKeys = 32;
inline constexpr std::chrono::seconds kLongestRest{3600};

class KeyRing {
public:
    // At most kMaxKeys of them are used; entries without a URL or a key are ignored.
    KeyRing(std::vector<ModelUpstream> upstreams, const contracts::Clock& clock);

    [[nodiscard]] bool is_empty() const { return keys_.empty(); }
    [[nodiscard]] std::size_t size() const { return keys_.size(); }
    [[nodiscard]] const ModelUpstream& at(std::size_t index) const { return keys_[index].upstream; }
    // The first key that is not resting and not among `tried`, one bit each. Empty if there is
    // none.
    [[nodiscard]] std::optional<std::size_t> pick(std::uint32_t tried) const;
    void rest(std::size_t index, std::chrono::milliseconds time);
    [[nodiscard]] std::size_t resting() const;  // how many
    // The time until the first of them is usable again; at least a second if all are resting.
    [[nodiscard]] std::chrono::seconds rests() const;

private:
    struct Key {
        ModelUpstream upstream;
        contracts::Instant usable_from{};
    };
    const contracts::Clock& clock_;
    mutable std::mutex guard_;
    std::vector<Key> keys_;
};

// The time in a Retry-After header: seconds, or a date (RFC 9110, 10.2.3). Empty if it is neither.
[[nodiscard]] std::optional<std::chrono::milliseconds> read_retry_after(std::string_view value,
                                                                        contracts::Timestamp now);

}  // namespace control
