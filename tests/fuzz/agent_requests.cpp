// A line on the agent's socket, and what PID 1 would pass on of it.
#include "contracts/fields/read.h"
#include "contracts/fields/write.h"
#include "tests/fuzz/target.h"
#include "wrapper/wall/agent_door.h"

#include <algorithm>

using namespace contracts;
using fuzz::require;

namespace {

// Splits at slashes and compares part by part, independently of the table's own matcher.
bool fits(std::string_view pattern, std::string_view path) {
    path = path.substr(0, path.find('?'));
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = fuzz::take_until(pattern, '/');
        const std::string_view part = fuzz::take_until(path, '/');
        if (wanted == "*" ? part.empty() || part == "." || part == ".." : wanted != part)
            return false;
    }
    return pattern.empty() && path.empty();
}

bool is_granted(const AgentRequest& request) {
    return std::ranges::any_of(grants(), [&](const Grant& grant) {
        if (grant.command != request.command || grant.action != request.action) return false;
        if (request.action == AgentAction::api)
            return grant.method == *request.method && fits(grant.path, *request.path);
        return request.action != AgentAction::publish || grant.stream == *request.stream;
    });
}

void check_message(const AgentRequest& request) {
    const auto text =
        wrapper::checked_message(*request.stream, *request.message, "user-1", Timestamp());
    if (!text) {
        require(
            text.error().kind == ErrorKind::invalid || text.error().kind == ErrorKind::permission,
            "a message is refused for what it is");
        require(!text.error().field.empty(), "the refusal names a field");
        return;
    }
    const Result<Json> message = parse_json(*text);
    require(message && message->is_object(), "a message is one object");
    require(message->at("user_id") == "user-1", "a message is from the worker's user");
    require(!message->contains("callback_stream"), "a message calls nobody back");
    const auto again = wrapper::checked_message(*request.stream, *message, "user-1", Timestamp());
    require(again && *again == *text, "what was let through is let through as it is");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Result<AgentRequest> request = parse_message<AgentRequest>(fuzz::text_of(data, size));
    if (!request) {
        require(request.error().kind == ErrorKind::invalid, "a refused line is invalid");
        require(!request.error().message.empty(), "a refusal says why");
        return 0;
    }
    const std::string written = format_message(*request);
    const Result<AgentRequest> again = parse_message<AgentRequest>(written);
    require(again && format_message(*again) == written, "a request reads back as it was written");
    if (const auto granted = check_grant(*request); !granted) {
        const Error& error = granted.error();
        require(error.kind == ErrorKind::permission || !error.field.empty(),
                "what a request lacks is named");
        return 0;
    }
    require(is_granted(*request), "only what is in the table is granted");
    if (request->action == AgentAction::api)
        require(std::ranges::none_of(*request->path,
                                     [](unsigned char c) { return c <= ' ' || c == 0x7f; }),
                "a path ends no request line");
    if (request->action == AgentAction::publish) check_message(*request);
    return 0;
}
