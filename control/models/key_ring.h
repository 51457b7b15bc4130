// The keys of one provider, in the order in which they are used. One that the provider turns away
// rests for as long as the provider says, for all who would use it; the next one is used meanwhile.
// Thread: any.
#pragma once

#include "contracts/base/clock.h"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct ModelUpstream {
    std::string url;  // "https://host" without a slash at its end
    std::string key;  // the daemon's
};

inline constexpr std::size_t kMaxKeys = 32;
inline constexpr std::chrono::seconds kLongestRest{3600};

class KeyRing {
public:
    // At most kMaxKeys of them count; without a URL or a key it is none.
    KeyRing(std::vector<ModelUpstream> upstreams, const contracts::Clock& clock);

    [[nodiscard]] bool is_empty() const { return keys_.empty(); }
    [[nodiscard]] std::size_t size() const { return keys_.size(); }
    [[nodiscard]] const ModelUpstream& at(std::size_t index) const { return keys_[index].upstream; }
    // The first that does not rest and is not among `tried`, a bit each. Empty: there is none.
    [[nodiscard]] std::optional<std::size_t> pick(std::uint32_t tried) const;
    void rest(std::size_t index, std::chrono::milliseconds time);
    [[nodiscard]] std::size_t resting() const;  // how many
    // Until the first of them is usable again; at least a second where all rest.
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

// A Retry-After header's time: seconds, or a date (RFC 9110, 10.2.3). Empty: it is neither.
[[nodiscard]] std::optional<std::chrono::milliseconds> read_retry_after(std::string_view value,
                                                                        contracts::Timestamp now);

}  // namespace control
