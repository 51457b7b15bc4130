#include "contracts/base/clock.h"

#include <algorithm>

namespace contracts {

Timestamp SystemClock::now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
}

Instant SystemClock::instant() const {
    return std::chrono::steady_clock::now();
}

namespace {

using namespace std::chrono_literals;

// The range of a four-digit year.
constexpr Timestamp kEarliest = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
constexpr Timestamp kLatest = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1) - 1ms;

// `width` digits with leading zeros, and the character after them.
char* put_digits(char* to, std::int32_t number, int width, char then) {
    for (int i = width; i > 0; --i, number /= 10)
        to[i - 1] = static_cast<char>('0' + number % 10);
    to[width] = then;
    return to + width + 1;
}

}  // namespace

// By hand: each message has several timestamps, and printf takes longer than all the rest of it.
std::string format_timestamp(Timestamp time) {
    time = std::clamp(time, kEarliest, kLatest);
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const auto ms = static_cast<std::int32_t>((time - day).count());
    char text[sizeof "2026-01-10T12:00:00.000Z"];
    char* end = put_digits(text, static_cast<int>(date.year()), 4, '-');
    end = put_digits(end, static_cast<int>(static_cast<unsigned>(date.month())), 2, '-');
    end = put_digits(end, static_cast<int>(static_cast<unsigned>(date.day())), 2, 'T');
    end = put_digits(end, ms / 3'600'000, 2, ':');
    end = put_digits(end, ms / 60'000 % 60, 2, ':');
    const std::int32_t thousandths = ms % 1000;
    end = put_digits(end, ms / 1000 % 60, 2, thousandths != 0 ? '.' : 'Z');
    if (thousandths != 0) end = put_digits(end, thousandths, 3, 'Z');
    return std::string(text, end);
}

namespace {

// A forward reader over the text; `ok` becomes false at the first mismatch and then stays false.
struct Reader {
    std::string_view rest;
    bool ok = true;

    int digits(std::size_t count) {
        if (rest.size() < count) return failed();
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (rest[i] < '0' || rest[i] > '9') return failed();
            value = value * 10 + (rest[i] - '0');
        }
        rest.remove_prefix(count);
        return value;
    }

    bool take(char wanted) {
        if (rest.empty() || rest.front() != wanted) return false;
        rest.remove_prefix(1);
        return true;
    }

    void expect(char wanted) {
        if (!take(wanted)) ok = false;
    }

    int failed() {
        ok = false;
        return 0;
    }
};

int read_milliseconds(Reader& reader) {
    if (!reader.take('.') && !reader.take(',')) return 0;
    int value = 0;
    int seen = 0;
    while (!reader.rest.empty() && reader.rest.front() >= '0' && reader.rest.front() <= '9') {
        if (seen < 3) value = value * 10 + (reader.rest.front() - '0');
        ++seen;
        reader.rest.remove_prefix(1);
    }
    if (seen == 0) return reader.failed();
    for (int i = seen; i < 3; ++i)
        value *= 10;
    return value;
}

std::chrono::minutes read_offset(Reader& reader) {
    if (reader.rest.empty() || reader.take('Z') || reader.take('z')) return {};
    const bool minus = reader.take('-');
    if (!minus) reader.expect('+');
    const int hours = reader.digits(2);
    reader.take(':');
    const int minutes = reader.digits(2);
    if (hours > 23 || minutes > 59) reader.ok = false;
    const std::chrono::minutes offset(hours * 60 + minutes);
    return minus ? -offset : offset;
}

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
    Reader reader{text};
    const std::chrono::year year(reader.digits(4));
    reader.expect('-');
    const std::chrono::month month(static_cast<unsigned>(reader.digits(2)));
    reader.expect('-');
    const std::chrono::day day(static_cast<unsigned>(reader.digits(2)));
    if (!reader.take('T') && !reader.take('t')) reader.expect(' ');
    const int hour = reader.digits(2);
    reader.expect(':');
    const int minute = reader.digits(2);
    reader.expect(':');
    const int second = reader.digits(2);
    const int ms = read_milliseconds(reader);
    const std::chrono::minutes offset = read_offset(reader);
    const std::chrono::year_month_day date(year, month, day);
    if (!reader.ok || !reader.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    const Timestamp time = Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
                           std::chrono::minutes(minute) + std::chrono::seconds(second) +
                           std::chrono::milliseconds(ms) - offset;
    // An offset may move the time out of the years that can be written.
    if (time < kEarliest || time > kLatest) return std::nullopt;
    return time;
}

}  // namespace contracts
