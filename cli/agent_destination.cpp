#include "cli/agent_destination.h"

#include "cli/api_answer.h"
#include "cli/line_exchange.h"
#include "contracts/fields/read.h"
#include "contracts/fields/write.h"

namespace cli {

namespace {

using contracts::AgentAction;
using contracts::AgentFault;
using contracts::AgentReply;
using contracts::AgentRequest;
using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using namespace std::chrono_literals;

// PID 1 has kApiTimeout for the request itself; after that and this time we give up on it.
constexpr std::chrono::milliseconds kSlack = 5s;

ErrorKind kind_of(std::string_view word) {
    for (const ErrorKind kind :
         {ErrorKind::invalid, ErrorKind::not_found, ErrorKind::permission, ErrorKind::conflict,
          ErrorKind::transient, ErrorKind::upstream, ErrorKind::timed_out})
        if (contracts::to_text(kind) == word) return kind;
    return ErrorKind::fatal;
}

Error error_of(const AgentReply& reply) {
    if (!reply.fault) return Error{ErrorKind::fatal, "the worker refused without a reason"};
    const AgentFault& fault = *reply.fault;
    // A request that PID 1 or the API timed out can be sent again.
    const ErrorKind kind = kind_of(fault.error);
    return Error{kind == ErrorKind::timed_out ? ErrorKind::transient : kind, fault.message,
                 fault.field.value_or(""), fault.next_step.value_or("")};
}

}  // namespace

AgentRequest AgentDestination::request_for(AgentAction action) const {
    AgentRequest request;
    request.command = command_;
    request.action = action;
    return request;
}

Result<ApiAnswer> AgentDestination::api(const ApiRequest& asked) {
    AgentRequest request = request_for(AgentAction::api);
    request.method = std::string(asked.method);
    request.path = asked.path;
    request.body = asked.body;
    if (!asked.idempotency_key.empty()) request.idempotency_key = asked.idempotency_key;
    Result<AgentReply> reply = ask(request, kApiTimeout + kSlack);
    if (!reply) return reply.fault();
    if (!reply->status) return fail(ErrorKind::fatal, "the worker's answer has no status");
    return read_answer(*reply->status, std::move(reply->body).value_or(Json()),
                       reply->link.value_or(""));
}

Result<void> AgentDestination::publish(std::string_view stream, const Json& message) {
    AgentRequest request = request_for(AgentAction::publish);
    request.stream = std::string(stream);
    request.message = message;
    Result<AgentReply> reply = ask(request, kApiTimeout + kSlack);
    if (!reply) return reply.fault();
    return {};
}

Result<std::vector<Progress>> AgentDestination::follow(const std::string& task_id,
                                                       std::string& after,
                                                       std::chrono::milliseconds wait) {
    AgentRequest request = request_for(AgentAction::follow);
    request.task_id = task_id;
    request.after = after;
    request.wait_ms = wait.count();
    Result<AgentReply> reply = ask(request, wait + kSlack);
    if (!reply) return reply.fault();
    std::vector<Progress> told;
    if (!reply->entries || !reply->entries->is_array()) return told;
    for (const Json& entry : *reply->entries) {
        if (!entry.is_object() || !entry.contains("id") || !entry["id"].is_string()) continue;
        after = entry["id"].get<std::string>();
        auto event = contracts::read_message<contracts::ProgressEvent>(entry.value("data", Json()));
        if (event) told.push_back(Progress{after, std::move(*event)});
    }
    return told;
}

Result<void> AgentDestination::respond(const std::string& text,
                                       const std::string& idempotency_key) {
    AgentRequest request = request_for(AgentAction::respond);
    request.text = text;
    request.idempotency_key = idempotency_key;
    Result<AgentReply> reply = ask(request, kApiTimeout + kSlack);
    if (!reply) return reply.fault();
    return {};
}

Result<void> AgentDestination::ping_bus() {
    // Nobody writes to this stream: any answer shows that PID 1 can reach Redis.
    std::string after = "0";
    Result<std::vector<Progress>> told = follow("diagnose", after, 0ms);
    if (!told) return told.fault();
    return {};
}

Result<AgentReply> AgentDestination::ask(const AgentRequest& request,
                                         std::chrono::milliseconds timeout) {
    const std::string line = contracts::format_message(request) + '\n';
    if (line.size() > contracts::kMaxAgentLine)
        return fail(ErrorKind::invalid, "the request has more than " +
                                            std::to_string(contracts::kMaxAgentLine) + " bytes");
    Result<std::string> answer = exchange(line, timeout);
    if (!answer) {
        connection_.reset();
        return fail(std::move(answer.error()).context("the worker's socket " + socket_));
    }
    Result<AgentReply> reply = contracts::parse_message<AgentReply>(*answer);
    if (!reply) {
        connection_.reset();
        return fail(ErrorKind::fatal, "the worker's answer: " + reply.error().describe());
    }
    if (!reply->ok) return fail(error_of(*reply));
    return reply;
}

Result<std::string> AgentDestination::exchange(std::string_view line,
                                               std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    if (!connection_.valid()) {
        Result<contracts::UniqueFd> dialed = dial_unix(socket_);
        if (!dialed) return dialed.fault();
        connection_ = std::move(*dialed);
    }
    if (Result<void> sent = send_line(connection_.get(), line, deadline); !sent)
        return sent.fault();
    return receive_line(connection_.get(), contracts::kMaxAgentLine, deadline);
}

}  // namespace cli
