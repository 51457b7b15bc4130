// Taking secrets out of a text that people will read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace control::masking {

// What stands in a secret's place.
inline constexpr std::string_view kMask = "***";
// Shorter ones are not masked: they would blot out ordinary words.
inline constexpr std::size_t kShortestMasked = 4;

// Every occurrence of a secret, of each line of one that has several, and of the forms that a
// URL, a JSON string or base64 gives it, becomes "***". Finds these forms once, for many texts.
class Masker {
public:
    explicit Masker(const std::vector<std::string>& secrets);
    [[nodiscard]] std::string mask(std::string text) const;
    [[nodiscard]] std::size_t longest_secret() const { return longest_; }

private:
    std::vector<std::string> forms_;  // the longest first
    std::size_t longest_ = 0;
};
// For one text.
[[nodiscard]] std::string mask(std::string text, const std::vector<std::string>& secrets);

// The last `most` bytes of what mask() gives, without the first, broken line. `text` must reach
// back further than `most` by the longest secret, or be whole.
[[nodiscard]] std::string masked_tail(std::string text, const std::vector<std::string>& secrets,
                                      std::size_t most);

// Masks whatever looks like a key: tokens of well-known services and our own, and private keys in
// PEM blocks.
[[nodiscard]] std::string mask_keys(std::string_view text);

}  // namespace control::masking
