// Reads the usage from a model's answer on its way through, streamed or complete. Pure: bytes in,
// counts out; nothing of the answer is kept except the current line.
//
// The provider's counts are taken as they are, the largest of each: an answer that reports its
// usage twice does not count twice. An invalid count (negative, not whole, beyond kMostCounted) is
// ignored, and the report says so.
#pragma once

#include "contracts/base/json.h"
#include "control/models/model_call.h"
#include "control/store/model_spending.h"

#include <optional>
#include <string>
#include <string_view>

namespace control {

inline constexpr std::int64_t kMostCounted = 100'000'000;

struct UsageReport {
    std::string model{};  // the name in the answer; empty: none
    TokenCounts tokens{};
    bool tells_input = false;
    bool tells_output = false;  // the count for the whole answer, not for its beginning
    bool is_wrong = false;      // a value in the place of a count was invalid
};

// Adds the usage in one JSON document: a complete answer, or one event of a stream.
void read_usage(ModelApi api, const contracts::Json& document, UsageReport& report);

// Reads an answer's decoded bytes.
class UsageReader {
public:
    explicit UsageReader(ModelApi api) : api_(api) {}
    // Call before the first bytes.
    void begin(bool is_event_stream) { is_event_stream_ = is_event_stream; }
    void take(std::string_view bytes);
    // The usage so far; for a complete answer only after its last byte.
    [[nodiscard]] const UsageReport& report();

private:
    void take_line(std::string_view line);
    void keep(std::string_view bytes);

    ModelApi api_;
    bool is_event_stream_ = false;
    bool is_too_long_ = false;  // the current document has outgrown kMaxKept
    std::string kept_;
    UsageReport report_;
};

}  // namespace control
