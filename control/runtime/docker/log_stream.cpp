#include "control/runtime/docker/log_stream.h"

#include <algorithm>

namespace control::docker {

namespace {

constexpr std::size_t kHeaderSize = 8;

std::uint32_t payload_size(std::string_view header) {
    std::uint32_t size = 0;
    for (const char byte : header.substr(4))
        size = size << 8 | static_cast<unsigned char>(byte);
    return size;
}

}  // namespace

void LogTail::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (left_ == 0) {
            const std::size_t missing = std::min(kHeaderSize - header_.size(), bytes.size());
            header_.append(bytes.substr(0, missing));
            bytes.remove_prefix(missing);
            if (header_.size() < kHeaderSize) return;
            left_ = payload_size(header_);
            header_.clear();
        } else {
            const std::size_t size = std::min<std::size_t>(left_, bytes.size());
            keep(bytes.substr(0, size));
            left_ -= static_cast<std::uint32_t>(size);
            bytes.remove_prefix(size);
        }
    }
}

void LogTail::keep(std::string_view payload) {
    kept_.append(payload);
    // Trimmed rarely, so that each byte is moved a bounded number of times.
    if (kept_.size() > 2 * most_ + 4096) kept_.erase(0, kept_.size() - most_);
}

std::string LogTail::text() const {
    return kept_.size() <= most_ ? kept_ : kept_.substr(kept_.size() - most_);
}

}  // namespace control::docker
