// Traffic of the model gateway: a provider's answers, whole and in pieces, and an agent's
// requests.
#include "control/models/call_cost.h"
#include "tests/fuzz/target.h"

using namespace control;
using fuzz::require;

namespace {

void check_counts(const TokenCounts& tokens) {
    for (const std::int64_t count :
         {tokens.input, tokens.cache_read, tokens.cache_write, tokens.output, tokens.long_write})
        require(count >= 0 && count <= kMostCounted, "a count is one");
}

UsageReport report_of(ModelApi api, std::string_view text, bool is_stream, std::size_t piece) {
    UsageReader reader(api);
    reader.begin(is_stream);
    for (std::string_view rest = text; !rest.empty();
         rest.remove_prefix(std::min(piece, rest.size())))
        reader.take(rest.substr(0, piece));
    return reader.report();
}

void check_answer(std::string_view text) {
    for (const ModelApi api : {ModelApi::messages, ModelApi::responses, ModelApi::chat})
        for (const bool is_stream : {false, true}) {
            const UsageReport whole = report_of(api, text, is_stream, text.size() + 1);
            check_counts(whole.tokens);
            const std::size_t piece = 1 + fuzz::sum_of(text) % 61;
            const UsageReport cut = report_of(api, text, is_stream, piece);
            require(whole.tokens == cut.tokens && whole.model == cut.model &&
                        whole.tells_output == cut.tells_output,
                    "where an answer is cut does not matter");
            const RequestFacts facts{.model = "m", .most_output = 10, .bytes = 100};
            const CallCost call = cost_of_call({.status = 200, .usage = whole}, facts, PriceList(),
                                               ModelProvider::anthropic);
            require(call.cost >= 0, "nothing costs less than nothing");
        }
}

// If both accept the text, the scan and a JSON parser must agree.
void check_request(std::string_view text) {
    const auto facts = read_request_facts(text);
    const auto json = contracts::parse_json(text);
    if (!json || !json->is_object() || !facts) return;
    require(json->contains("model") && json->at("model") == facts->model, "the model is the same");
    const auto most = json->find("max_tokens");
    if (most != json->end() && most->is_number_integer())
        require(*most <= facts->most_output, "the largest answer is not smaller");
    require((json->contains("stream") && json->at("stream") == true) == facts->streams,
            "a stream is one");
    require(facts->answers >= 1, "an answer at least");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    check_answer(text);
    check_request(text);
    return 0;
}
