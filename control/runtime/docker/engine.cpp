#include "control/runtime/docker/engine.h"

namespace control::docker {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

ClientRequest Engine::request(std::string method, std::string_view target) const {
    ClientRequest request;
    request.method = std::move(method);
    request.url = "http://engine/v1.41";
    request.url += target;
    request.unix_socket = socket_;
    request.timeout = kCallTimeout;
    return request;
}

Result<HttpResponse> Engine::ask(std::string method, std::string_view target,
                                 const std::optional<Json>& body,
                                 std::chrono::milliseconds timeout) const {
    ClientRequest ours = request(std::move(method), target);
    ours.timeout = timeout;
    if (body) {
        ours.headers.push_back({"Content-Type", "application/json"});
        ours.body = contracts::dump_json(*body);
    }
    return http_.perform(std::move(ours));
}

Result<Json> Engine::get(std::string_view target) const {
    auto answer = ask("GET", target);
    if (!answer) return fail(std::move(answer.error()));
    if (answer->status != 200) return fail(refusal(answer->status, answer->body, target));
    auto json = contracts::parse_json(answer->body);
    if (!json) return fail(std::move(json.error()).context("the engine's answer"));
    return json;
}

namespace {

ErrorKind kind_of(int status) {
    switch (status) {
        case 400:
            return ErrorKind::invalid;
        case 401:
        case 403:
            return ErrorKind::permission;
        case 404:
            return ErrorKind::not_found;
        case 409:
            return ErrorKind::conflict;
        default:
            return ErrorKind::transient;
    }
}

}  // namespace

Error refusal(int status, std::string_view body, std::string_view what) {
    Error error{kind_of(status), std::string(what)};
    const auto json = contracts::parse_json(body);
    std::string words = json ? text_at(*json, "message") : std::string();
    if (words.empty()) words = "status " + std::to_string(status);
    error.message.append(": ").append(words);
    return error;
}

const Json& member(const Json& object, std::string_view key) {
    static const Json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

std::string text_at(const Json& object, std::string_view key) {
    const Json& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

bool flag_at(const Json& object, std::string_view key) {
    const Json& value = member(object, key);
    return value.is_boolean() && value.get<bool>();
}

std::int64_t number_at(const Json& object, std::string_view key) {
    const Json& value = member(object, key);
    return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

}  // namespace control::docker
