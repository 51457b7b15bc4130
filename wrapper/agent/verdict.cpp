#include "wrapper/agent/verdict.h"

#include "contracts/fields/read.h"
#include "wrapper/agent/loose_json.h"

#include <algorithm>

namespace wrapper {

namespace {

using contracts::AgentVerdict;
using contracts::ErrorKind;
using contracts::Result;

constexpr std::string_view kOpen = "<result>";
constexpr std::string_view kClose = "</result>";
// An agent may print as many broken blocks as it likes: at most this many bytes are searched.
constexpr std::size_t kMostLookedThrough = 32 << 20;

Result<AgentVerdict> verdict_of(const contracts::Json& document) {
    Result<AgentVerdict> verdict = contracts::read_message<AgentVerdict>(document);
    if (!verdict) return contracts::fail(std::move(verdict.error()).context("result block"));
    return verdict;
}

// The verdict in a block that contains more than JSON. Only tags outside the object count: a tag in
// one of its strings does not end the block.
std::optional<AgentVerdict> pick_verdict(std::string_view text, std::size_t& looked_through) {
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view before = rest;
        const std::string_view object = next_object(rest);
        looked_through += before.size() - rest.size();
        if (object.empty()) break;
        const std::string_view words =
            before.substr(0, static_cast<std::size_t>(object.data() - before.data()));
        if (words.find(kOpen) != std::string_view::npos ||
            words.find(kClose) != std::string_view::npos)
            break;
        const std::size_t close = rest.find(kClose);
        looked_through += std::min(close, rest.size());
        if (close == std::string_view::npos || rest.substr(0, close).find(kOpen) != rest.npos)
            break;
        if (const Result<contracts::Json> document = read_event(object))
            if (Result<AgentVerdict> verdict = verdict_of(*document)) return std::move(*verdict);
    }
    return std::nullopt;
}

// Reads the block whose opening tag precedes `text`; adds the bytes searched to `looked_through`.
Result<AgentVerdict> read_block(std::string_view text, std::size_t& looked_through) {
    const std::size_t close = text.find(kClose);
    looked_through += std::min(close, text.size());
    if (close == std::string_view::npos)
        return contracts::fail(ErrorKind::invalid, "the result block is not closed");
    Result<contracts::Json> document = read_event(text.substr(0, close));
    if (document) return verdict_of(*document);
    if (text.substr(0, close).find('{') != std::string_view::npos)
        if (std::optional<AgentVerdict> picked = pick_verdict(text, looked_through))
            return std::move(*picked);
    return contracts::fail(std::move(document.error()).context("result block"));
}

Result<AgentVerdict> read_blocks(std::string_view text) {
    Result<AgentVerdict> first = contracts::fail(ErrorKind::not_found, "no result block");
    std::size_t looked_through = 0;
    std::size_t at = text.find(kOpen);
    while (at != std::string_view::npos && looked_through < kMostLookedThrough) {
        at += kOpen.size();
        Result<AgentVerdict> verdict = read_block(text.substr(at), looked_through);
        if (verdict) return verdict;
        if (first.error().kind == ErrorKind::not_found) first = std::move(verdict);
        at = text.find(kOpen, at);
    }
    return first;
}

}  // namespace

Result<AgentVerdict> read_verdict(std::string_view text) {
    if (text.find('\x1b') == std::string_view::npos) return read_blocks(text);
    return read_blocks(without_escapes(text));
}

bool has_final_verdict(std::string_view text) {
    const Result<AgentVerdict> verdict = read_verdict(text);
    return verdict && verdict->status != contracts::VerdictStatus::in_progress;
}

}  // namespace wrapper
