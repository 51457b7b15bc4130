#include "contracts/base/bounded_text.h"

#include <algorithm>

namespace contracts {

// A long text gets its full capacity at once, because growing by doubling holds it twice.
void BoundedText::make_room(std::string& text, std::size_t more) const {
    constexpr std::size_t kLong = 64 << 10;
    if (text.capacity() < limit_ && text.size() + more > std::min(kLong, limit_))
        text.reserve(limit_);
}

void BoundedText::append(std::string_view bytes) {
    total_ += bytes.size();
    const std::size_t to_head = std::min(bytes.size(), limit_ - head_.size());
    make_room(head_, to_head);
    head_.append(bytes.substr(0, to_head));
    bytes.remove_prefix(to_head);
    if (bytes.size() > limit_) bytes.remove_prefix(bytes.size() - limit_);
    const std::size_t grown = std::min(bytes.size(), limit_ - ring_.size());
    make_room(ring_, grown);
    ring_.append(bytes.substr(0, grown));
    bytes.remove_prefix(grown);
    while (!bytes.empty()) {
        const std::size_t run = std::min(bytes.size(), limit_ - oldest_);
        ring_.replace(oldest_, run, bytes.substr(0, run));
        oldest_ = (oldest_ + run) % limit_;
        bytes.remove_prefix(run);
    }
}

void BoundedText::append_tail(std::string& text, std::size_t most) const {
    const std::size_t skipped = ring_.size() - std::min(most, ring_.size());
    const std::string_view older = std::string_view(ring_).substr(oldest_);
    const std::string_view newer = std::string_view(ring_).substr(0, oldest_);
    text.append(older.substr(std::min(skipped, older.size())));
    text.append(newer.substr(skipped - std::min(skipped, older.size())));
}

std::string BoundedText::text() const {
    const std::uint64_t kept = head_.size() + ring_.size();
    std::string left_out;
    if (total_ > kept) left_out = "\n[" + std::to_string(total_ - kept) + " bytes left out]\n";
    std::string whole;
    whole.reserve(kept + left_out.size());
    whole.append(head_).append(left_out);
    append_tail(whole, ring_.size());
    return whole;
}

std::string BoundedText::tail(std::size_t most) const {
    std::string end;
    // If nothing was dropped in between, the end of the head comes before the tail.
    if (total_ == head_.size() + ring_.size() && most > ring_.size())
        end = head_.substr(head_.size() - std::min(head_.size(), most - ring_.size()));
    append_tail(end, most);
    return end;
}

}  // namespace contracts
