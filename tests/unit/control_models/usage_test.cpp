// Usage in answers: tables of each provider's formats, and values that are not counts.
#include "control/models/usage.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace control;
using contracts::Json;

namespace {

UsageReport whole(ModelApi api, std::string_view body) {
    UsageReader reader(api);
    reader.begin(false);
    reader.take(body);
    return reader.report();
}

// In pieces of `piece` bytes, since the network may cut an answer anywhere.
UsageReport streamed(ModelApi api, std::string_view events, std::size_t piece) {
    UsageReader reader(api);
    reader.begin(true);
    for (; !events.empty(); events.remove_prefix(std::min(piece, events.size())))
        reader.take(events.substr(0, piece));
    return reader.report();
}

constexpr std::string_view kMessagesStream =
    "event: message_start\n"
    R"(data: {"type":"message_start","message":{"id":"m","model":"claude-x-20250929","usage":)"
    R"({"input_tokens":11,"cache_creation_input_tokens":3,"cache_read_input_tokens":5,)"
    R"("cache_creation":{"ephemeral_1h_input_tokens":2},"output_tokens":1}}})"
    "\n\nevent: content_block_delta\n"
    R"(data: {"type":"content_block_delta","delta":{"text":"\"usage\":{\"output_tokens\":9}"}})"
    "\n\nevent: message_delta\n"
    R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}})"
    "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

constexpr std::string_view kResponsesStream =
    R"(data: {"type":"response.created","response":{"id":"r","model":"gpt-x","usage":null}})"
    "\r\n\r\n"
    R"(data: {"type":"response.completed","response":{"model":"gpt-x","usage":{"input_tokens":19,)"
    R"("input_tokens_details":{"cached_tokens":5},"output_tokens":4,"total_tokens":23}}})"
    "\r\n\r\n";

constexpr std::string_view kChatStream =
    R"(data: {"model":"gpt-x","choices":[{"index":0,"delta":{"content":"a"}}],"usage":null})"
    "\n\n"
    R"(data: {"model":"gpt-x","choices":[],"usage":{"prompt_tokens":19,"completion_tokens":4,)"
    R"("prompt_tokens_details":{"cached_tokens":5}}})"
    "\n\ndata: [DONE]\n\n";

}  // namespace

TEST_CASE("a stream tells its usage however it is cut") {
    const std::size_t piece = GENERATE(1U, 7U, 64U, 100'000U);
    const UsageReport messages = streamed(ModelApi::messages, kMessagesStream, piece);
    CHECK(messages.model == "claude-x-20250929");
    CHECK(
        messages.tokens ==
        TokenCounts{.input = 11, .cache_read = 5, .cache_write = 3, .output = 7, .long_write = 2});
    CHECK(messages.tells_input);
    CHECK(messages.tells_output);
    const TokenCounts openai{.input = 14, .cache_read = 5, .output = 4};
    CHECK(streamed(ModelApi::responses, kResponsesStream, piece).tokens == openai);
    CHECK(streamed(ModelApi::chat, kChatStream, piece).tokens == openai);
}

TEST_CASE("a whole answer tells its usage") {
    const UsageReport messages =
        whole(ModelApi::messages,
              R"({"type":"message","model":"m","usage":{"input_tokens":2,"output_tokens":3}})");
    CHECK(messages.tokens == TokenCounts{.input = 2, .output = 3});
    CHECK(messages.tells_output);
    CHECK(whole(ModelApi::responses, R"({"usage":{"input_tokens":2,"output_tokens":3}})").tokens ==
          TokenCounts{.input = 2, .output = 3});
    CHECK(whole(ModelApi::chat, R"({"usage":{"prompt_tokens":2,"completion_tokens":3}})").tokens ==
          TokenCounts{.input = 2, .output = 3});
}

TEST_CASE("a stream that breaks off has told its input, and not its output") {
    const UsageReport report =
        streamed(ModelApi::messages,
                 kMessagesStream.substr(0, kMessagesStream.find("event: message_delta")), 16);
    CHECK(report.tells_input);
    CHECK_FALSE(report.tells_output);
}

TEST_CASE("usage that is told twice counts once, as the larger") {
    std::string twice(kResponsesStream);
    twice.append(kResponsesStream);
    CHECK(streamed(ModelApi::responses, twice, 50).tokens ==
          TokenCounts{.input = 14, .cache_read = 5, .output = 4});
    std::string again(kMessagesStream);
    again.append("data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":5}}\n\n");
    CHECK(streamed(ModelApi::messages, again, 50).tokens.output == 7);
}

TEST_CASE("an answer without usage tells nothing, and is not wrong") {
    for (const std::string_view body :
         {R"({"type":"message","model":"m"})", R"({"type":"message","usage":null})",
          R"({"type":"message","usage":[1]})", "not JSON", "", "[]", "null"}) {
        INFO(body);
        const UsageReport report = whole(ModelApi::messages, body);
        CHECK_FALSE(report.tells_input);
        CHECK_FALSE(report.tells_output);
        CHECK_FALSE(report.is_wrong);
    }
}

TEST_CASE("what is no count is not taken, and said to be wrong") {
    for (const std::string_view count :
         {"-1", "1.5", "\"7\"", "true", "[]", "100000001", "18446744073709551615", "1e30"}) {
        INFO(count);
        const std::string body = R"({"type":"message","usage":{"input_tokens":4,"output_tokens":)" +
                                 std::string(count) + "}}";
        const UsageReport report = whole(ModelApi::messages, body);
        CHECK(report.is_wrong);
        CHECK(report.tells_input);
        CHECK_FALSE(report.tells_output);
        CHECK(report.tokens == TokenCounts{.input = 4});
    }
    const UsageReport more_cached = whole(
        ModelApi::chat,
        R"({"usage":{"prompt_tokens":2,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":9}}})");
    CHECK(more_cached.is_wrong);
    CHECK(more_cached.tokens == TokenCounts{.cache_read = 2, .output = 3});
}

TEST_CASE("an endless line is not kept, and what follows it is read") {
    UsageReader reader(ModelApi::messages);
    reader.begin(true);
    reader.take("data: {\"usage\":\"");
    for (int i = 0; i < 20; ++i)
        reader.take(std::string(1 << 20, 'x'));
    reader.take("\"}\n");
    reader.take(kMessagesStream);
    CHECK(reader.report().tokens.output == 7);
}
