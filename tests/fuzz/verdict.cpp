// An agent's text, with or without a result block.
#include "wrapper/agent/verdict.h"
#include "contracts/fields/write.h"
#include "tests/fuzz/target.h"
#include "wrapper/agent/loose_json.h"

using contracts::ErrorKind;
using fuzz::require;

namespace {

constexpr std::string_view kOpen = "<result>";
constexpr std::string_view kClose = "</result>";

std::string block_of(std::string_view inside) {
    return std::string(kOpen).append(inside).append(kClose);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const auto verdict = wrapper::read_verdict(text);
    const std::string plain = wrapper::without_escapes(text);
    const std::size_t open = plain.find(kOpen);
    if (!verdict) {
        const bool none = verdict.error().kind == ErrorKind::not_found;
        require(none == (open == std::string::npos), "not found is: there is no block");
        require(none || verdict.error().kind == ErrorKind::invalid, "a broken block is invalid");
        require(!verdict.error().message.empty(), "a refusal says why");
        return 0;
    }
    require(open != std::string::npos && plain.find(kClose, open) != std::string::npos,
            "a verdict stands in a whole block");
    const std::string written = contracts::format_message(*verdict);
    const std::string block = block_of(written);
    for (const std::string& again : {block, "see <result> " + block, block + block_of("{}"),
                                     block_of("oops") + block, block_of("```\n" + written)}) {
        const auto read = wrapper::read_verdict(again);
        require(read && contracts::format_message(*read) == written,
                "a verdict reads back as it was written, whatever stands around it");
    }
    return 0;
}
