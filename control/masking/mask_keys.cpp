#include "control/masking/mask.h"

#include <algorithm>
#include <array>

namespace control::masking {

namespace {

// How keys begin: ours, and those of model providers, forges, clouds and chats.
constexpr std::array<std::string_view, 14> kPrefixes = {
    "orch_",  "sk-",  "ghp_",  "gho_",  "ghs_", "ghu_",  "github_pat_",
    "glpat-", "AKIA", "xoxb-", "xoxp-", "npm_", "pypi-", "eyJ"};
// Shorter ones are not keys.
constexpr std::ptrdiff_t kShortestRest = 16;

bool is_of_key(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

std::string_view prefix_of(std::string_view text) {
    const auto found = std::ranges::find_if(
        kPrefixes, [&](std::string_view prefix) { return text.starts_with(prefix); });
    return found == kPrefixes.end() ? std::string_view() : *found;
}

// The length of the PEM block of a private key that begins here, also of one without an end; 0:
// none does.
std::size_t private_key_at(std::string_view text) {
    constexpr std::string_view kBegin = "-----BEGIN ";
    constexpr std::string_view kKey = "PRIVATE KEY-----";
    constexpr std::size_t kLongestKind = 40;
    if (!text.starts_with(kBegin)) return 0;
    if (text.substr(0, kBegin.size() + kLongestKind).find(kKey) == std::string_view::npos) return 0;
    const std::size_t end = text.find("-----END ");
    if (end == std::string_view::npos) return text.size();
    const std::size_t last = text.find(kKey, end);
    return last == std::string_view::npos ? text.size() : last + kKey.size();
}

std::size_t key_at(std::string_view text) {
    if (const std::size_t block = private_key_at(text); block > 0) return block;
    const std::string_view prefix = prefix_of(text);
    if (prefix.empty()) return 0;
    const auto* const begin = text.begin() + prefix.size();
    const auto* const end = std::find_if_not(begin, text.end(), is_of_key);
    return end - begin < kShortestRest ? 0 : static_cast<std::size_t>(end - text.begin());
}

}  // namespace

std::string mask_keys(std::string_view text) {
    std::string masked;
    for (std::size_t at = 0; at < text.size();) {
        const bool begins_word = at == 0 || !is_of_key(text[at - 1]) || text[at] == '-';
        const std::size_t size = begins_word ? key_at(text.substr(at)) : 0;
        if (size > 0)
            masked += kMask;
        else
            masked += text[at];
        at += std::max<std::size_t>(size, 1);
    }
    return masked;
}

}  // namespace control::masking
