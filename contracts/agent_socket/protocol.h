// The protocol between the CLI and PID 1 on the agent's socket (/.worker/run/agent.sock).
//
// One JSON object per line in each direction; several requests per connection, answered in order.
// PID 1 answers only a peer with the agent's uid, only for commands that the worker is allowed, and
// only what the command needs: `grants` is the one table of that, and the API checks the worker's
// token by the same table. Anything else is refused with a reason and not passed on.
#pragma once

#include "contracts/base/result.h"
#include "contracts/fields/field_list.h"

#include <string_view>

namespace contracts {

inline constexpr std::string_view kAgentSocketPath = "/.worker/run/agent.sock";
inline constexpr std::size_t kMaxAgentLine = 4 << 20;
inline constexpr std::size_t kMaxRespondBytes = 64 << 10;

enum class AgentAction {
    api,      // one API request: method, path, body, idempotency_key
    publish,  // one message to a stream: stream, message
    follow,   // entries of task_progress:{task_id} after `after`, waiting at most `wait_ms`
    respond,  // `text` to the waiting user, before the answer; once per idempotency_key
};
inline constexpr std::string_view kAgentActionNames[] = {"api", "publish", "follow", "respond"};
constexpr Choices choices_of(AgentAction) {
    return kAgentActionNames;
}

struct AgentRequest {
    std::string command;  // "project.create": the command whose permission is checked
    AgentAction action = AgentAction::api;
    std::optional<std::string> method;
    std::optional<std::string> path;  // with its query
    std::optional<Json> body;
    std::optional<std::string> idempotency_key;
    std::optional<std::string> stream;
    std::optional<Json> message;
    std::optional<std::string> task_id;
    std::optional<std::string> after;  // entry id; absent: from the beginning
    std::optional<std::int64_t> wait_ms;
    std::optional<std::string> text;
};
void visit_fields(AgentRequest& request, FieldList& fields);

// An Error on the wire.
struct AgentFault {
    std::string error;  // to_text(ErrorKind)
    std::string message;
    std::optional<std::string> field;
    std::optional<std::string> next_step;
};
void visit_fields(AgentFault& fault, FieldList& fields);

struct AgentReply {
    bool ok = false;  // PID 1 did what was asked; an API status of 404 is still ok
    std::optional<std::int64_t> status;   // api: HTTP status
    std::optional<Json> body;             // api: the answer's body
    std::optional<std::string> link;      // api: the Link header
    std::optional<std::string> entry_id;  // publish, respond: the entry, when it is new
    std::optional<Json> entries;          // follow: [{"id": …, "data": {…}}]
    std::optional<AgentFault> fault;      // when not ok
};
void visit_fields(AgentReply& reply, FieldList& fields);

// What one command may do. In `path`, "*" stands for one segment; a query is not compared.
struct Grant {
    std::string_view command;
    AgentAction action;
    std::string_view method{};  // api
    std::string_view path{};    // api
    std::string_view stream{};  // publish
};
[[nodiscard]] std::span<const Grant> grants();

// Checks that `request` is something its command may do; fails with `permission` or, where a field
// is missing, `invalid`. AllowedCommands decides whether the command itself is allowed.
[[nodiscard]] Result<void> check_grant(const AgentRequest& request);

// The commands that may send a request of this method and path.
[[nodiscard]] std::vector<std::string_view> commands_for(std::string_view method,
                                                         std::string_view path);

}  // namespace contracts
