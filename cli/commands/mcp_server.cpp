#include "cli/commands/mcp_server.h"

#include "cli/commands/mcp_tools.h"
#include "cli/exit_code.h"

#include <memory>

namespace cli::commands {

namespace {

using contracts::Json;
using contracts::Result;

// JSON-RPC 2.0, section 5.1.
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParameters = -32602;

// Newest first: a client that asks for an unknown revision gets the newest.
constexpr std::string_view kRevisions[] = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};

constexpr std::string_view kInstructions =
    "The commands of orchestrator as tools. Answers are JSON with success, data and message, or "
    "error, message and details; details.next_step says what to do. If a call may have been done, "
    "repeat it with the request_id of its answer: then nothing is done twice.";

Json member(const Json& object, const char* name) {
    return object.is_object() && object.contains(name) ? object[name] : Json();
}

bool is_id(const Json& id) {
    return id.is_string() || id.is_number_integer();
}

}  // namespace

void McpServer::take(std::string_view line) {
    if (line.size() > kMaxMcpLine) return refuse_long_line();
    Result<Json> message = contracts::parse_json(line);
    if (!message) return refuse(nullptr, kParseError, message.error().describe());
    if (message->is_array())
        return refuse(nullptr, kInvalidRequest,
                      "batches are not supported: send one message on each line");
    const Json id = member(*message, "id");
    const Json method = member(*message, "method");
    if (!message->is_object() || member(*message, "jsonrpc") != "2.0")
        return refuse(nullptr, kInvalidRequest, "jsonrpc must be \"2.0\" in an object");
    // A response, although we sent no request: ignored.
    if (method.is_null() && (message->contains("result") || message->contains("error"))) return;
    if (!method.is_string())
        return refuse(is_id(id) ? id : Json(), kInvalidRequest, "method must be a string");
    if (!message->contains("id")) return;  // a notification; none of them concerns us
    if (!is_id(id))
        return refuse(nullptr, kInvalidRequest, "id must be a string or a whole number");
    request(method.get<std::string>(), id, member(*message, "params"));
}

void McpServer::refuse_long_line() {
    refuse(nullptr, kInvalidRequest,
           "a message may have at most " + std::to_string(kMaxMcpLine) + " bytes");
}

void McpServer::request(const std::string& method, const Json& id, const Json& parameters) {
    if (method == "ping") return answer(id, Json::object());
    if (method == "initialize") return initialize(id, parameters);
    // A newer client first asks for methods that only newer servers have.
    if (method != "tools/list" && method != "tools/call") return refuse_method(id);
    if (!is_initialized_)
        return refuse(id, kInvalidRequest, "the first request must be initialize");
    if (method == "tools/list") return list_tools(id);
    call_tool(id, parameters);
}

void McpServer::refuse_method(const Json& id) {
    refuse(id, kMethodNotFound, "the methods are initialize, ping, tools/list and tools/call");
}

void McpServer::initialize(const Json& id, const Json& parameters) {
    const std::string asked = contracts::text_at(parameters, "protocolVersion");
    if (asked.empty())
        return refuse(id, kInvalidParameters, "params.protocolVersion must be a string");
    std::string_view revision = kRevisions[0];
    for (const std::string_view known : kRevisions)
        if (known == asked) revision = known;
    is_initialized_ = true;
    answer(id, {{"protocolVersion", std::string(revision)},
                {"capabilities", {{"tools", Json::object()}}},
                {"serverInfo", {{"name", "orchestrator"}, {"version", ORCH_VERSION}}},
                {"instructions", std::string(kInstructions)}});
}

bool McpServer::is_offered(const CommandEntry& entry) const {
    return is_tool(entry) && (!allowed_ || allowed_->allows(entry.permission()));
}

void McpServer::list_tools(const Json& id) {
    Json tools = Json::array();
    for (const CommandEntry& entry : session_.commands)
        if (is_offered(entry)) tools.push_back(tool_of(entry));
    answer(id, {{"tools", std::move(tools)}});
}

// Also finds commands that are not allowed: their own refusal lists the allowed ones.
const CommandEntry* McpServer::tool(std::string_view name) const {
    for (const CommandEntry& entry : session_.commands)
        if (is_tool(entry) && tool_name(entry) == name) return &entry;
    return nullptr;
}

void McpServer::call_tool(const Json& id, const Json& parameters) {
    const CommandEntry* entry = tool(contracts::text_at(parameters, "name"));
    if (entry == nullptr)
        return refuse(id, kInvalidParameters,
                      "params.name: unknown tool; tools/list lists the tools");
    const Json given = member(parameters, "arguments");
    Result<std::vector<std::string>> words =
        words_of_call(*entry, given.is_null() ? Json::object() : given);
    if (!words) return refuse(id, kInvalidParameters, words.error().describe());
    const std::vector<std::string_view> arguments(words->begin(), words->end());
    const Ended ended = session_.invoke(arguments, progress_of(parameters));
    Json result{{"content", Json::array({{{"type", "text"}, {"text", ended.printed.out}}})},
                {"isError", ended.exit_code != kOk}};
    if (Result<Json> document = contracts::parse_json(ended.printed.out);
        document && document->is_object())
        result["structuredContent"] = std::move(*document);
    answer(id, std::move(result));
}

// Progress must increase with each notification; the total is unknown.
ProgressLine McpServer::progress_of(const Json& parameters) const {
    Json token = member(member(parameters, "_meta"), "progressToken");
    if (!is_id(token)) return nullptr;
    return [this, token = std::move(token), count = 0](std::string_view line) mutable {
        send_(
            {{"jsonrpc", "2.0"},
             {"method", "notifications/progress"},
             {"params",
              {{"progressToken", token}, {"progress", ++count}, {"message", std::string(line)}}}});
    };
}

void McpServer::answer(const Json& id, Json result) {
    send_({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

void McpServer::refuse(const Json& id, int code, std::string_view message) {
    send_({{"jsonrpc", "2.0"},
           {"id", id},
           {"error", {{"code", code}, {"message", std::string(message)}}}});
}

}  // namespace cli::commands
