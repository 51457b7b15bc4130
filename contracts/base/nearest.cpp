#include "contracts/base/nearest.h"

#include <algorithm>
#include <vector>

namespace contracts {

namespace {

constexpr std::size_t kLongestWord = 64;

}  // namespace

// By dynamic programming over three rows.
std::size_t slips_between(std::string_view one, std::string_view other) {
    std::vector<std::size_t> before(other.size() + 1), last(other.size() + 1);
    std::vector<std::size_t> row(other.size() + 1);
    for (std::size_t j = 0; j <= other.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= one.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= other.size(); ++j) {
            const std::size_t wrong = one[i - 1] == other[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + wrong});
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[other.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    std::string_view best;
    if (word.empty() || word.size() > kLongestWord) return best;
    std::size_t fewest = word.size() / 3 + 2;
    for (const std::string_view candidate : candidates) {
        // A word that was typed only in part also matches.
        const std::size_t found =
            word.size() > 2 && candidate.starts_with(word) ? 1 : slips_between(word, candidate);
        if (found >= fewest || found >= candidate.size()) continue;
        fewest = found;
        best = candidate;
    }
    return best;
}

}  // namespace contracts
