// Which trace a request belongs to, and that its log lines say so.
#include "contracts/base/trace_id.h"

#include "contracts/base/json.h"

#include <catch2/catch_test_macros.hpp>

using namespace contracts;

namespace {

class LastLine final : public LogSink {
public:
    void write(LogLevel, std::string_view line) override { text = line; }
    std::string text;
};

// What a line about such a request carries.
Json line_about(const std::string& correlation_id, const std::string& traceparent) {
    const auto sink = std::make_shared<LastLine>();
    const Log log(sink, LogLevel::info, LogFormat::json, "test");
    log_of_request(log, correlation_id, traceparent).info("looked at");
    return parse_json(sink->text).value();
}

const std::string kTrace(32, 'a');
const std::string kParent = "00-" + kTrace + "-" + std::string(16, 'b') + "-01";

}  // namespace

TEST_CASE("a trace context that is malformed is ignored") {
    const std::string trace(32, 'a'), span(16, 'b');
    const auto is_taken = [](const std::string& text) {
        return !parse_traceparent(text).trace_id.empty();
    };
    CHECK(is_taken("00-" + trace + "-" + span + "-01"));
    for (const std::string& bad :
         {std::string(), std::string("00-"), "01-" + trace + "-" + span + "-01",
          "00-" + std::string(32, '0') + "-" + span + "-01", "00-" + trace + "-" + span + "-01-x",
          "00-" + std::string(32, 'G') + "-" + span + "-01", "00-" + trace + "+" + span + "-01"})
        CHECK_FALSE(is_taken(bad));
}

TEST_CASE("a line about a request carries its correlation id and its trace") {
    const Json derived = line_about("c-1", "");
    CHECK(derived["correlation_id"] == "c-1");
    CHECK(derived["trace_id"] == trace_id_of("c-1"));
    CHECK(derived["trace_id"].get<std::string>().size() == 32);
    CHECK(line_about("c-1", kParent)["trace_id"] == kTrace);
    CHECK(line_about("c-1", "00-broken")["trace_id"] == trace_id_of("c-1"));
    const Json parent_only = line_about("", kParent);
    CHECK(parent_only["trace_id"] == kTrace);
    CHECK_FALSE(parent_only.contains("correlation_id"));
    CHECK_FALSE(line_about("", "").contains("trace_id"));
}
