// Output of unknown length in bounded memory: the first bytes and the last ones, and how many were
// dropped in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace contracts {

class BoundedText {
public:
    // Keeps `limit` bytes of head and `limit` bytes of tail.
    explicit BoundedText(std::size_t limit) : limit_(limit) {}

    void append(std::string_view bytes);
    [[nodiscard]] std::uint64_t total() const { return total_; }
    // Head and tail, with a line between them that counts what was left out, if anything was.
    [[nodiscard]] std::string text() const;
    // The last `most` bytes.
    [[nodiscard]] std::string tail(std::size_t most) const;

private:
    void make_room(std::string& text, std::size_t more) const;
    // The last `most` bytes of the ring, oldest first.
    void append_tail(std::string& text, std::size_t most) const;

    std::size_t limit_;
    std::uint64_t total_ = 0;
    std::string head_;
    std::string ring_;        // grows to limit_, then wraps
    std::size_t oldest_ = 0;  // where the ring begins once it is full
};

}  // namespace contracts
