#include "contracts/base/bounded_text.h"

#include <algorithm>

namespace contracts {

void BoundedText::append(std::string_view bytes) {
    total_ += bytes.size();
    const std::size_t to_head = std::min(bytes.size(), limit_ - head_.size());
    head_.append(bytes.substr(0, to_head));
    bytes.remove_prefix(to_head);
    if (bytes.size() > limit_) bytes.remove_prefix(bytes.size() - limit_);
    const std::size_t grown = std::min(bytes.size(), limit_ - ring_.size());
    ring_.append(bytes.substr(0, grown));
    bytes.remove_prefix(grown);
    while (!bytes.empty()) {
        const std::size_t run = std::min(bytes.size(), limit_ - oldest_);
        ring_.replace(oldest_, run, bytes.substr(0, run));
        oldest_ = (oldest_ + run) % limit_;
        bytes.remove_prefix(run);
    }
}

std::string BoundedText::ordered_tail() const {
    return ring_.substr(oldest_) + ring_.substr(0, oldest_);
}

std::string BoundedText::text() const {
    std::string whole = head_;
    const std::uint64_t kept = head_.size() + ring_.size();
    if (total_ > kept)
        whole.append("\n[").append(std::to_string(total_ - kept)).append(" bytes left out]\n");
    return whole + ordered_tail();
}

std::string BoundedText::tail(std::size_t most) const {
    std::string whole = total_ > head_.size() + ring_.size() ? ordered_tail() : text();
    if (whole.size() > most) whole.erase(0, whole.size() - most);
    return whole;
}

}  // namespace contracts
