// Splits a stream into lines. A line longer than the limit is skipped as a whole and counted, so
// memory stays bounded whatever an agent prints.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wrapper {

inline constexpr std::size_t kLongestLine = 1 << 20;

class Lines {
public:
    explicit Lines(std::size_t longest = kLongestLine) : longest_(longest) {}

    template <class Take>
    void feed(std::string_view bytes, Take&& take) {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            const std::string_view piece = bytes.substr(0, end);
            if (end == std::string_view::npos) {
                keep(piece);
                return;
            }
            if (!skipping_ && partial_.empty() && piece.size() <= longest_) {
                take(piece);
            } else {
                keep(piece);
                if (!skipping_) take(std::string_view(partial_));
            }
            begin();
            bytes.remove_prefix(end + 1);
        }
    }
    // Takes what came after the last line feed.
    template <class Take>
    void finish(Take&& take) {
        if (partial_.empty() && !skipping_) return;
        if (!skipping_) take(std::string_view(partial_));
        begin();
    }

    // What came after the last line feed, so far.
    [[nodiscard]] std::string_view partial() const { return partial_; }
    [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
    // Whether the last finished line was skipped.
    [[nodiscard]] bool last_was_skipped() const { return last_was_skipped_; }

private:
    void keep(std::string_view piece) {
        if (skipping_) return;
        if (partial_.size() + piece.size() > longest_) {
            skipping_ = true;
            ++skipped_;
            std::string().swap(partial_);
            return;
        }
        partial_.append(piece);
    }
    void begin() {
        last_was_skipped_ = skipping_;
        skipping_ = false;
        if (partial_.capacity() > 64 << 10)
            std::string().swap(partial_);
        else
            partial_.clear();
    }

    std::size_t longest_;
    std::string partial_;
    bool skipping_ = false;
    bool last_was_skipped_ = false;
    std::uint64_t skipped_ = 0;
};

}  // namespace wrapper
