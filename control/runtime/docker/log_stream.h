// A container's log as the engine streams it without a terminal: frames of an 8-byte header
// (stream, three zero bytes, length in network order) and that many bytes, split at any place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace control::docker {

// Keeps the last `most` bytes of both streams, in order of arrival.
class LogTail {
public:
    explicit LogTail(std::size_t most) : most_(most) {}
    void feed(std::string_view bytes);
    [[nodiscard]] std::string text() const;

private:
    void keep(std::string_view payload);

    std::size_t most_;
    std::string header_;
    std::uint32_t left_ = 0;  // bytes left in the current frame
    std::string kept_;
};

}  // namespace control::docker
