// The bytes that an API server sends: an HTTP answer, whole or truncated.
#include "tests/fuzz/target.h"
#include "wrapper/wall/api_exchange.h"

using fuzz::require;
using Answer = std::optional<contracts::Result<wrapper::ApiAnswer>>;

namespace {

bool same(const Answer& a, const Answer& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    if (!*a || !*b) return a->has_value() == b->has_value();
    return (**a).status == (**b).status && (**a).link == (**b).link && (**a).body == (**b).body;
}

void check(const Answer& answer, std::string_view bytes) {
    if (!answer) return;
    if (!*answer) {
        require(answer->error().kind == contracts::ErrorKind::transient,
                "an answer that cannot be read is worth another try");
        return;
    }
    require((**answer).status >= 200 && (**answer).status <= 599, "a status is final");
    require((**answer).body.size() <= wrapper::kLargestAnswer, "a body is bounded");
    require((**answer).body.size() <= bytes.size(), "a body is what was sent");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes = fuzz::text_of(data, size);
    const Answer whole = wrapper::read_answer(bytes, false);
    const Answer ended = wrapper::read_answer(bytes, true);
    check(whole, bytes);
    check(ended, bytes);
    require(ended.has_value(), "an answer that ended is an answer or an error");
    if (whole) require(same(whole, ended), "an answer that is whole needs no end");
    const std::size_t step = 1 + size / 64;
    for (std::size_t cut = 0; cut < size; cut += step) {
        const Answer part = wrapper::read_answer(bytes.substr(0, cut), false);
        if (part) require(same(part, whole), "an answer that is whole stays as it is");
    }
    return 0;
}
