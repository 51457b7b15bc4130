// Undoes a body's Content-Encoding piece by piece, for code that inspects an answer on its way
// through. The first error ends it: nothing comes out after that. Thread: one at a time.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace control {

class Decompressor {
public:
    // Supports gzip, deflate, identity and an empty value. For any other, `is_readable` is false.
    explicit Decompressor(std::string_view content_encoding);
    ~Decompressor();
    [[nodiscard]] bool is_readable() const;
    // Calls `take` with the decoded bytes, in pieces of at most 64 KiB; does nothing after an
    // error.
    void add(std::string_view bytes, const std::function<void(std::string_view)>& take);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace control
