#include "control/runtime/kubernetes/api_server.h"

#include "contracts/base/text.h"

#include <algorithm>
#include <charconv>
#include <thread>

namespace control::kubernetes {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr int kMostTries = 3;
constexpr std::chrono::seconds kLongestWait{5};
// A token that the cluster renews is good for much longer than this.
constexpr std::chrono::seconds kTokenLife{60};

std::chrono::seconds wait_asked_for(const HttpResponse& answer) {
    const std::string_view text = answer.header("retry-after");
    int seconds = 1;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(1), kLongestWait);
}

ErrorKind kind_of(int status) {
    switch (status) {
        case 400:
        case 422:
            return ErrorKind::invalid;
        case 401:
        case 403:
            return ErrorKind::permission;
        case 404:
            return ErrorKind::not_found;
        case 409:
        case 410:
            return ErrorKind::conflict;
        case 429:
            return ErrorKind::upstream;
        default:
            return ErrorKind::transient;
    }
}

std::string_view next_step_of(int status) {
    switch (status) {
        case 401:
            return "renew the credentials that KUBECONFIG names";
        case 403:
            return "see the reason: a right of the daemon's account, a quota or an admission rule";
        default:
            return {};
    }
}

}  // namespace

Result<std::string> ApiServer::token() const {
    if (access_.token_file.empty()) return access_.token;
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (token_read_ && now - *token_read_ < kTokenLife) return token_;
    Result<std::string> text = read_small_file(access_.token_file);
    if (!text) return text;
    token_ = contracts::trimmed(*text);
    token_read_ = now;
    return token_;
}

Result<ClientRequest> ApiServer::request(std::string method, std::string_view path) const {
    Result<std::string> secret = token();
    if (!secret) return secret.fault();
    ClientRequest request;
    request.method = std::move(method);
    request.url = access_.server;
    request.url += path;
    request.tls = access_.tls;
    request.timeout = kCallTimeout;
    request.headers.push_back({"Accept", "application/json"});
    if (!secret->empty()) request.headers.push_back({"Authorization", "Bearer " + *secret});
    return request;
}

Result<HttpResponse> ApiServer::ask(std::string method, std::string_view path,
                                    const std::optional<Json>& body,
                                    std::string_view content_type) const {
    for (int tries = 1;; ++tries) {
        Result<ClientRequest> ours = request(method, path);
        if (!ours) return ours.fault();
        if (body) {
            ours->headers.push_back({"Content-Type", std::string(content_type)});
            ours->body = contracts::dump_json(*body);
        }
        Result<HttpResponse> answer = http_.perform(std::move(*ours));
        if (!answer || answer->status != 429 || tries == kMostTries) return answer;
        std::this_thread::sleep_for(wait_asked_for(*answer));
    }
}

Result<Json> ApiServer::get_json(std::string method, std::string_view path,
                                 const std::optional<Json>& body) const {
    const Result<HttpResponse> answer = ask(method, path, body);
    if (!answer) return answer.fault();
    if (answer->status != 200 && answer->status != 201)
        return fail(refusal(answer->status, answer->body, method + " " + std::string(path)));
    Result<Json> json = contracts::parse_json(answer->body);
    if (!json) return fail(std::move(json.error()).context("the API server's answer"));
    return json;
}

Error refusal(int status, std::string_view body, std::string_view what) {
    Error error{kind_of(status), std::string(what)};
    const Result<Json> json = contracts::parse_json(body);
    std::string words = json ? contracts::text_at(*json, "message") : std::string();
    if (words.empty()) words = "status " + std::to_string(status);
    error.message.append(": ").append(words);
    error.next_step = next_step_of(status);
    return error;
}

const Json& at(const Json& object, std::initializer_list<std::string_view> keys) {
    static const Json nothing;
    const Json* here = &object;
    for (const std::string_view key : keys) {
        if (!here->is_object()) return nothing;
        const auto found = here->find(key);
        if (found == here->end()) return nothing;
        here = &*found;
    }
    return *here;
}

std::string text_below(const Json& object, std::initializer_list<std::string_view> keys) {
    const Json& value = at(object, keys);
    return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace control::kubernetes
