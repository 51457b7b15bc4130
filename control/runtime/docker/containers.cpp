#include "control/runtime/docker/containers.h"

#include "contracts/base/clock.h"
#include "control/runtime/docker/log_stream.h"

#include <chrono>

namespace control::docker {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr std::chrono::seconds kCreateTimeout{60};
constexpr int kMostLogLines = 5000;

// As the engine wants it: seconds since 1970, with a fraction.
std::string since_query(std::string_view since) {
    const auto time = contracts::parse_timestamp(since);
    if (!time) return {};
    const auto stamp =
        std::chrono::floor<std::chrono::milliseconds>(time->time_since_epoch()).count();
    const std::string fraction = std::to_string(1000 + stamp % 1000).substr(1);
    return "&since=" + std::to_string(stamp / 1000) + "." + fraction;
}

}  // namespace

std::string container_path(const std::string& id) {
    return "/containers/" + encode_percent(id);
}

Result<std::string> create_container(const Engine& engine, const std::string& name,
                                     const Json& body) {
    auto answer =
        engine.ask("POST", "/containers/create?name=" + encode_percent(name), body, kCreateTimeout);
    if (!answer) return answer.fault();
    if (answer->status != 201) return fail(refusal(answer->status, answer->body, "create " + name));
    const auto json = contracts::parse_json(answer->body);
    std::string id = json ? text_at(*json, "Id") : std::string();
    if (id.empty())
        return fail(ErrorKind::transient, "the engine created " + name + " without an id");
    return id;
}

Result<void> start_container(const Engine& engine, const std::string& id) {
    const auto answer =
        engine.ask("POST", container_path(id) + "/start", std::nullopt, kCreateTimeout);
    if (!answer) return answer.fault();
    if (answer->status == 204 || answer->status == 304) return {};
    return fail(refusal(answer->status, answer->body, "start"));
}

Result<std::string> container_tail(const Engine& engine, const std::string& id, std::size_t bytes,
                                   std::string_view since) {
    LogTail last(bytes);
    int status = 0;
    std::string refused;
    ClientRequest request =
        engine.request("GET", container_path(id) + "/logs?stdout=1&stderr=1&tail=" +
                                  std::to_string(kMostLogLines) + since_query(since));
    request.on_headers = [&status](int told, const std::vector<HttpHeader>&) {
        status = told;
    };
    request.on_data = [&](std::string_view data) {
        if (status == 200)
            last.feed(data);
        else
            refused.append(data);
        return true;
    };
    const auto answer = engine.http().perform(std::move(request));
    if (!answer) return answer.fault();
    if (status != 200) return fail(refusal(status, refused, "logs"));
    return last.text();
}

}  // namespace control::docker
