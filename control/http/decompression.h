// Undoes a body's Content-Encoding piece by piece, for whoever looks into an answer that passes by.
// What cannot be undone ends it: from then on nothing comes out. Thread: one at a time.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace control {

class Decompressor {
public:
    // Codings that it knows: gzip, deflate, identity, none. Another one: `is_readable` is false.
    explicit Decompressor(std::string_view content_encoding);
    ~Decompressor();
    [[nodiscard]] bool is_readable() const;
    // Calls `take` with what comes out, in pieces of at most 64 KiB; not at all where it is broken.
    void add(std::string_view bytes, const std::function<void(std::string_view)>& take);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace control
