// Time. Code that decides by time takes a Clock, so that a test can control it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace contracts {

// Wall-clock time, as in messages and rows.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
// For deadlines and durations: never jumps.
using Instant = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
    [[nodiscard]] virtual Instant instant() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override;
    [[nodiscard]] Instant instant() const override;
};

// RFC 3339 in UTC: "2026-01-10T12:00:00Z", with ".123" only for a fraction of a second.
[[nodiscard]] std::string format_timestamp(Timestamp time);

// Also accepts fractional seconds of any length, an offset, and a missing zone (read as UTC).
// Empty: not a timestamp.
[[nodiscard]] std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace contracts
