#include "wrapper/agent/verdict.h"

#include "contracts/fields/read.h"
#include "wrapper/agent/event_runner.h"

namespace wrapper {

contracts::Result<contracts::AgentVerdict> read_verdict(std::string_view text) {
    constexpr std::string_view kOpen = "<result>";
    constexpr std::string_view kClose = "</result>";
    const std::size_t open = text.find(kOpen);
    if (open == std::string_view::npos)
        return contracts::fail(contracts::ErrorKind::not_found, "no result block");
    const std::string_view inside = text.substr(open + kOpen.size());
    const std::size_t close = inside.find(kClose);
    if (close == std::string_view::npos)
        return contracts::fail(contracts::ErrorKind::invalid, "the result block is not closed");
    contracts::Result<contracts::Json> document = read_event(inside.substr(0, close));
    if (!document) return contracts::fail(std::move(document.error()).context("result block"));
    contracts::Result<contracts::AgentVerdict> verdict =
        contracts::read_message<contracts::AgentVerdict>(*document);
    if (!verdict) return contracts::fail(std::move(verdict.error()).context("result block"));
    return verdict;
}

}  // namespace wrapper
