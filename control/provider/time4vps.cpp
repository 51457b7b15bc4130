#include "control/provider/time4vps.h"

#include "contracts/base/number.h"
#include "contracts/base/text.h"
#include "control/http/client.h"
#include "control/jobs/pause.h"

#include <algorithm>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using contracts::text_at;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kShownBody = 2000;
constexpr std::size_t kMaxBody = 8 << 20;
constexpr const char* kThrottle = "wait_x_between_action";
constexpr std::int64_t kLongestThrottle = 3600;

std::string base64(std::string_view text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += 3) {
        unsigned group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8U |
                    (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U);
        for (unsigned i = 0; i < 4; ++i)
            out += at + i <= text.size() ? kDigits[group >> (18U - 6U * i) & 63U] : '=';
    }
    return out;
}

// The provider's numbers are JSON numbers or texts.
std::string id_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return {};
    if (found->is_number_integer()) return std::to_string(found->get<std::int64_t>());
    return text_at(object, name);
}

std::optional<std::int64_t> number_at(const Json& object, const char* name) {
    return contracts::whole_number(id_at(object, name), 0, std::int64_t{1} << 40);
}

// {"error":[["wait_x_between_action",24],"unauthorized"]} → 24 s.
std::optional<std::chrono::seconds> throttle_in(const std::string& body) {
    const Result<Json> json = contracts::parse_json(body);
    if (!json || !json->is_object()) return std::nullopt;
    const auto errors = json->find("error");
    if (errors == json->end() || !errors->is_array()) return std::nullopt;
    for (const Json& entry : *errors)
        if (entry.is_array() && entry.size() >= 2 && entry[0] == kThrottle &&
            entry[1].is_number_integer())
            return std::chrono::seconds(
                std::clamp<std::int64_t>(entry[1].get<std::int64_t>(), 1, kLongestThrottle));
    return std::nullopt;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    if (what.empty()) return;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
        text.replace(at, what.size(), by);
}

class Time4Vps final : public Provider {
public:
    Time4Vps(Time4VpsSettings settings, HttpClient& client)
        : settings_(std::move(settings)),
          client_(client),
          credentials_(base64(settings_.username + ':' + settings_.password)) {}

    std::string_view name() const override { return "time4vps"; }
    Result<std::vector<ProviderServer>> list(std::stop_token stop) override;
    Result<ProviderServer> details(const std::string& id, std::stop_token stop) override;
    Result<std::string> reinstall(const std::string& id, const std::string& public_key,
                                  std::stop_token stop) override;
    Result<std::string> reset_password(const std::string& id, std::stop_token stop) override;

private:
    // One exchange, including the waits that the provider demands.
    Result<Json> ask(const std::string& method, const std::string& path, const Json& body,
                     const std::stop_token& stop);
    [[nodiscard]] std::string shown(std::string body) const;
    [[nodiscard]] Result<Json> judge(const std::string& what, const HttpResponse& answer) const;
    // Polls a task until it is completed; returns its results.
    Result<std::string> task_end(const std::string& id, const Json& begun, milliseconds budget,
                                 milliseconds poll, const std::stop_token& stop);

    Time4VpsSettings settings_;
    HttpClient& client_;
    std::string credentials_;
};

// The provider's answer without our credentials.
std::string Time4Vps::shown(std::string body) const {
    if (body.size() > kShownBody + settings_.password.size() + credentials_.size())
        body.resize(kShownBody + settings_.password.size() + credentials_.size());
    for (const std::string& secret : {credentials_, settings_.password, settings_.username})
        replace_all(body, secret, "***");
    if (body.size() > kShownBody) body.resize(kShownBody);
    // The cut may have split a character, and a broken answer may contain any bytes.
    for (char& c : body)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = ' ';
    return body;
}

Result<Json> Time4Vps::judge(const std::string& what, const HttpResponse& answer) const {
    if (answer.status == 401 || answer.status == 403)
        return fail(ErrorKind::fatal, what + " is refused: " + shown(answer.body),
                    "TIME4VPS_USERNAME",
                    "check the user, the password, and the addresses that the account allows");
    if (answer.status == 404)
        return fail(ErrorKind::not_found, what + " finds nothing: " + shown(answer.body),
                    "provider_id");
    if (answer.status / 100 != 2)
        return fail(ErrorKind::transient,
                    what + " answers " + std::to_string(answer.status) + ": " + shown(answer.body));
    Result<Json> json = contracts::parse_json(answer.body);
    if (json) return json;
    return fail(ErrorKind::transient, what + " did not answer with JSON: " + shown(answer.body));
}

Result<Json> Time4Vps::ask(const std::string& method, const std::string& path, const Json& body,
                           const std::stop_token& stop) {
    const std::string what = "Time4VPS " + method + ' ' + path;
    milliseconds budget = settings_.throttle_budget;
    for (;;) {
        ClientRequest request{.method = method, .url = settings_.base_url + path};
        request.headers = {{"Authorization", "Basic " + credentials_},
                           {"Accept", "application/json"}};
        if (!body.is_null()) {
            request.headers.push_back({"Content-Type", "application/json"});
            request.body = contracts::dump_json(body);
        }
        request.timeout = settings_.request;
        request.max_body = kMaxBody;
        Result<HttpResponse> answer = client_.perform(std::move(request), stop);
        if (!answer)
            return fail(ErrorKind::transient, what + ": " + shown(answer.error().describe()));
        const auto wait = answer->status == 401 ? throttle_in(answer->body) : std::nullopt;
        if (!wait) return judge(what, *answer);
        if (*wait > budget)
            return fail(ErrorKind::upstream,
                        what + " is throttled: in " + std::to_string(wait->count()) + " s again");
        budget -= *wait;
        if (!pause(*wait, stop)) return fail(ErrorKind::transient, what + " was stopped");
    }
}

ProviderServer listed_server(const Json& entry, std::string id) {
    ProviderServer server;
    server.id = std::move(id);
    server.address = text_at(entry, "ip");
    for (const char* name : {"name", "domain"})
        if (server.name.empty()) server.name = text_at(entry, name);
    if (server.name.empty()) server.name = server.id;
    if (server.name.size() > 1024) server.name.resize(1024);
    if (const auto cpus = number_at(entry, "cpu_cores")) server.specs["cpus"] = *cpus;
    if (const auto memory = number_at(entry, "ram_limit")) server.specs["memory_mb"] = *memory;
    if (const auto disk = number_at(entry, "disk_limit")) server.specs["disk_mb"] = *disk;
    for (const char* name : {"os", "status", "domain"})
        if (std::string text = text_at(entry, name); !text.empty() && text.size() <= 1024)
            server.specs[name] = std::move(text);
    return server;
}

Result<std::vector<ProviderServer>> Time4Vps::list(std::stop_token stop) {
    Result<Json> answer = ask("GET", "/server", {}, stop);
    if (!answer) return answer.fault();
    if (!answer->is_array())
        return fail(ErrorKind::transient, "Time4VPS GET /server did not answer with a list: " +
                                              shown(contracts::dump_json(*answer)));
    std::vector<ProviderServer> all;
    for (const Json& entry : *answer) {
        std::string id = entry.is_object() ? id_at(entry, "id") : std::string();
        if (!contracts::whole_number(id, 1, std::int64_t{1} << 53))
            return fail(ErrorKind::transient, "Time4VPS GET /server has an entry without an id: " +
                                                  shown(contracts::dump_json(entry)));
        all.push_back(listed_server(entry, std::move(id)));
    }
    return all;
}

Result<ProviderServer> Time4Vps::details(const std::string& id, std::stop_token stop) {
    if (!contracts::whole_number(id, 1, std::int64_t{1} << 53))
        return fail(ErrorKind::not_found, "Time4VPS has no server " + id, "provider_id");
    Result<Json> answer = ask("GET", "/server/" + id, {}, stop);
    if (!answer) return answer.fault();
    if (!answer->is_object() || text_at(*answer, "ip").empty())
        return fail(ErrorKind::transient,
                    "Time4VPS GET /server/" + id +
                        " answered without an address: " + shown(contracts::dump_json(*answer)));
    return listed_server(*answer, id);
}

Result<std::string> Time4Vps::task_end(const std::string& id, const Json& begun,
                                       milliseconds budget, milliseconds poll,
                                       const std::stop_token& stop) {
    const std::string task = begun.is_object() ? id_at(begun, "task_id") : std::string();
    if (!contracts::whole_number(task, 1, std::int64_t{1} << 53))
        return fail(ErrorKind::transient,
                    "Time4VPS did not start a task: " + shown(contracts::dump_json(begun)));
    const auto deadline = steady_clock::now() + budget;
    for (;;) {
        Result<Json> answer = ask("GET", "/server/" + id + "/task/" + task, {}, stop);
        if (!answer && !contracts::is_retryable(answer.error().kind)) return answer.fault();
        if (answer && answer->is_object() && !text_at(*answer, "completed").empty())
            return text_at(*answer, "results");
        if (steady_clock::now() + poll > deadline)
            return fail(ErrorKind::timed_out,
                        "Time4VPS did not finish task " + task + " of server " + id + " in time");
        if (!pause(poll, stop)) return fail(ErrorKind::transient, "the wait was stopped");
    }
}

Result<std::string> Time4Vps::reset_password(const std::string& id, std::stop_token stop) {
    Result<Json> begun = ask("POST", "/server/" + id + "/resetpassword", {}, stop);
    if (!begun) return begun.fault();
    Result<std::string> results =
        task_end(id, *begun, settings_.password_budget, settings_.password_poll, stop);
    if (!results) return results;
    std::string password = password_in(*results);
    if (!password.empty()) return password;
    // Its answer may contain the password in a format that we do not know, so it is not shown.
    return fail(ErrorKind::transient, "Time4VPS did not return a new password for server " + id);
}

Result<std::string> Time4Vps::reinstall(const std::string& id, const std::string& public_key,
                                        std::stop_token stop) {
    const Json body{{"os", settings_.os}, {"ssh_key", public_key}};
    Result<Json> begun = ask("POST", "/server/" + id + "/reinstall", body, stop);
    if (!begun) return begun.fault();
    Result<std::string> results =
        task_end(id, *begun, settings_.reinstall_budget, settings_.reinstall_poll, stop);
    if (!results) return results;
    if (std::string password = password_in(*results); !password.empty()) return password;
    return reset_password(id, std::move(stop));
}

// The text between the quotes after `innerHTML =`.
std::string quoted_behind(std::string_view text, std::string_view mark) {
    std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return {};
    at = text.find_first_not_of(" \t", at + mark.size());
    if (at == std::string_view::npos || text[at] != '=') return {};
    at = text.find_first_not_of(" \t", at + 1);
    if (at == std::string_view::npos || (text[at] != '"' && text[at] != '\'')) return {};
    const std::size_t end = text.find(text[at], at + 1);
    if (end == std::string_view::npos) return {};
    return std::string(text.substr(at + 1, end - at - 1));
}

std::string word_behind(std::string_view text, std::string_view mark) {
    const std::string low = contracts::lower_case(text);
    std::size_t at = low.find(mark);
    if (at == std::string::npos) return {};
    at = text.find_first_not_of(" \t", at + mark.size());
    if (at == std::string_view::npos) return {};
    const std::size_t end = std::min(text.find_first_of(" \t\r\n<", at), text.size());
    return std::string(text.substr(at, end - at));
}

}  // namespace

std::string password_in(std::string_view results) {
    std::string password = quoted_behind(results, "innerHTML");
    if (password.empty()) password = word_behind(results, "password:");
    for (const auto& [entity, character] :
         {std::pair("&quot;", "\""), std::pair("&#39;", "'"), std::pair("&lt;", "<"),
          std::pair("&gt;", ">"), std::pair("&amp;", "&")})
        replace_all(password, entity, character);
    return password;
}

std::unique_ptr<Provider> make_time4vps(Time4VpsSettings settings, HttpClient& client) {
    return std::make_unique<Time4Vps>(std::move(settings), client);
}

}  // namespace control
