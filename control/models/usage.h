// What a model's answer says it has used, read from the answer as it passes by, streamed or whole.
// Pure: bytes in, counts out; nothing of the answer is kept beyond the line that is being read.
//
// The provider's counts are taken as they are, each the largest that was told: an answer that tells
// its usage twice does not count twice. A count that cannot be one (negative, not whole, beyond
// kMostCounted) is not taken, and the report says so.
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
    std::string model{};  // as the answer names it; empty: it did not
    TokenCounts tokens{};
    bool tells_input = false;
    bool tells_output = false;  // the count of the whole answer, not of its beginning
    bool is_wrong = false;      // something that is no count stood in the place of one
};

// Adds what one JSON document tells: a whole answer, or one event of a stream.
void read_usage(ModelApi api, const contracts::Json& document, UsageReport& report);

// Reads an answer's bytes, decoded.
class UsageReader {
public:
    explicit UsageReader(ModelApi api) : api_(api) {}
    // Before the first bytes.
    void begin(bool is_event_stream) { is_event_stream_ = is_event_stream; }
    void take(std::string_view bytes);
    // What was told up to here; of a whole answer only when all of it has been taken.
    [[nodiscard]] const UsageReport& report();

private:
    void take_line(std::string_view line);
    void keep(std::string_view bytes);

    ModelApi api_;
    bool is_event_stream_ = false;
    bool is_too_long_ = false;  // what is being read has outgrown kMaxKept
    std::string kept_;
    UsageReport report_;
};

}  // namespace control
