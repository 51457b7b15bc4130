// The text of an agent, with a result block in it or not.
#include "wrapper/agent/verdict.h"
#include "contracts/fields/write.h"
#include "tests/fuzz/target.h"

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
    const std::size_t open = text.find(kOpen);
    const std::size_t close =
        open == std::string_view::npos ? open : text.find(kClose, open + kOpen.size());
    if (!verdict) {
        const bool none = verdict.error().kind == ErrorKind::not_found;
        require(none == (open == std::string_view::npos), "not found is: there is no block");
        require(none || verdict.error().kind == ErrorKind::invalid, "a broken block is invalid");
        require(!verdict.error().message.empty(), "a refusal says why");
        return 0;
    }
    require(close != std::string_view::npos, "a verdict stands in a whole block");
    const std::string_view inside = text.substr(open + kOpen.size(), close - open - kOpen.size());
    const std::string written = contracts::format_message(*verdict);
    const auto alone = wrapper::read_verdict(block_of(inside));
    require(alone && contracts::format_message(*alone) == written,
            "what stands around the first block does not matter");
    if (written.find(kClose) != std::string::npos) return 0;
    const auto again = wrapper::read_verdict(block_of(written));
    require(again && contracts::format_message(*again) == written,
            "a verdict reads back as it was written");
    return 0;
}
