// A reply of Redis.
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <memory>
#include <string_view>

struct redisReply;

namespace contracts {

// A borrowed view of one value of a reply, valid as long as the Reply it came from.
class ReplyView {
public:
    explicit ReplyView(const redisReply* reply) : reply_(reply) {}
    [[nodiscard]] bool is_nil() const;
    [[nodiscard]] bool is_error() const;
    [[nodiscard]] bool is_array() const;
    [[nodiscard]] bool is_integer() const;
    [[nodiscard]] std::string_view text() const;  // of a string, status or error; else empty
    [[nodiscard]] std::int64_t integer() const;   // of an integer or a string of digits; else 0
    [[nodiscard]] std::size_t size() const;       // elements of an array
    [[nodiscard]] ReplyView operator[](std::size_t index) const;  // nil when out of range

private:
    const redisReply* reply_;
};

class Reply {
public:
    explicit Reply(redisReply* owned) : owned_(owned) {}
    [[nodiscard]] ReplyView view() const { return ReplyView(owned_.get()); }

private:
    struct Free {
        void operator()(redisReply* reply) const;
    };
    std::unique_ptr<redisReply, Free> owned_;
};

// The Error for a reply that `is_error()`, beginning with the server's code: "NOGROUP …". A state
// that the server leaves by itself (LOADING, READONLY, OOM, BUSY …) is transient, NOAUTH and
// WRONGPASS are fatal, NOPERM is permission, all others are invalid.
[[nodiscard]] Error error_of(ReplyView reply);

}  // namespace contracts
