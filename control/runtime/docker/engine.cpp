#include "control/runtime/docker/engine.h"

#include "contracts/base/unique_fd.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <cerrno>
#include <cstring>

namespace control::docker {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

ClientRequest Engine::request(std::string method, std::string_view target) const {
    ClientRequest request;
    request.method = std::move(method);
    request.url = "http://engine/v" + to_text(version_.load());
    request.url += target;
    request.unix_socket = socket_;
    request.timeout = kCallTimeout;
    return request;
}

Result<HttpResponse> Engine::ask(std::string method, std::string_view target,
                                 const std::optional<Json>& body,
                                 std::chrono::milliseconds timeout) const {
    const auto call = [&] {
        ClientRequest ours = request(method, target);
        ours.timeout = timeout;
        if (body) {
            ours.headers.push_back({"Content-Type", "application/json"});
            ours.body = contracts::dump_json(*body);
        }
        return http_.perform(std::move(ours));
    };
    auto answer = call();
    if (!answer || answer->status != 400) return answer;
    const ApiVersion before = version_;
    if (!negotiate() || version_.load() == before) return answer;
    return call();
}

Result<Json> Engine::negotiate() const {
    ClientRequest question;
    question.url = "http://engine/version";
    question.unix_socket = socket_;
    question.timeout = kCallTimeout;
    auto answer = http_.perform(std::move(question));
    if (!answer) return answer.fault();
    if (answer->status != 200) return fail(refusal(answer->status, answer->body, "version"));
    auto told = contracts::parse_json(answer->body);
    if (!told) return fail(std::move(told.error()).context("the engine's answer"));
    const auto version = common_version(*told);
    if (!version) return version.fault();
    version_ = *version;
    return told;
}

Result<Json> Engine::get(std::string_view target) const {
    auto answer = ask("GET", target);
    if (!answer) return answer.fault();
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

Result<void> check_reachable(const std::string& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() >= sizeof address.sun_path)
        return fail(ErrorKind::fatal, "the path of the engine's socket is too long: " + socket);
    std::memcpy(address.sun_path, socket.data(), socket.size());
    const contracts::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid()) return fail(contracts::system_error(errno, "socket"));
    const auto* to = reinterpret_cast<const sockaddr*>(&address);
    // EAGAIN: the server listens and is busy.
    if (::connect(fd.get(), to, sizeof address) == 0 || errno == EAGAIN) return {};
    switch (errno) {
        case ENOENT:
        case ENOTDIR:
            return fail(ErrorKind::not_found, "no container engine: there is no socket " + socket,
                        {}, "start Docker or set RUNTIME=process");
        case EACCES:
        case EPERM:
            return fail(
                ErrorKind::fatal,
                "the container engine's socket " + socket + " may not be opened by this user", {},
                "add the user to the socket's group, or set RUNTIME=process");
        case ECONNREFUSED:
            return fail(ErrorKind::fatal,
                        "nothing listens at the container engine's socket " + socket, {},
                        "start Docker, or set RUNTIME=process");
        default:
            return fail(ErrorKind::fatal,
                        contracts::system_error(errno, "connect to " + socket).message, {},
                        "check DOCKER_HOST, or set RUNTIME=process");
    }
}

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
