#include "control/messenger/terminal/identity.h"

#include "control/http/client.h"

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr std::string_view kLocal = "local";  // the telegram_id of the first user, who has no
                                              // Telegram account

std::string id_of(const Json& user) {
    return user.is_object() ? contracts::text_at(user, "id") : std::string();
}

// An identifier as part of a URL.
std::string escaped(std::string_view text) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (plain)
            out += c;
        else
            out.append(1, '%').append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
    return out;
}

Result<std::string> find_wanted(HttpClient& client, const ApiAccess& api,
                                const std::string& wanted) {
    Result<Json> by_id = ask_api(client, api, "GET", "/api/users/" + escaped(wanted));
    if (by_id) return id_of(*by_id);
    if (by_id.error().kind != ErrorKind::not_found) return by_id.fault();
    Result<Json> by_telegram =
        ask_api(client, api, "GET", "/api/users?limit=1&telegram_id=" + escaped(wanted));
    if (!by_telegram) return by_telegram.fault();
    if (by_telegram->is_array() && !by_telegram->empty()) return id_of(by_telegram->front());
    return fail(ErrorKind::not_found, "there is no user \"" + wanted + '"', "--user",
                "ask an administrator to add the user: POST /api/users, or /adduser in a chat");
}

// The list has the newest first, and one page is enough for the first administrators of a machine.
Result<std::string> first_admin(HttpClient& client, const ApiAccess& api) {
    Result<Json> users = ask_api(client, api, "GET", "/api/users?limit=500");
    if (!users) return users.fault();
    std::string oldest;
    for (const Json& user : *users)
        if (user.is_object() && user.value("is_admin", false)) oldest = id_of(user);
    if (!oldest.empty()) return oldest;
    Result<Json> made = ask_api(client, api, "POST", "/api/users",
                                {{"telegram_id", std::string(kLocal)}, {"is_admin", true}});
    if (!made) return made.fault();
    return id_of(*made);
}

}  // namespace

Result<Json> ask_api(HttpClient& client, const ApiAccess& api, std::string method,
                     const std::string& target, const Json& body) {
    ClientRequest request;
    request.method = std::move(method);
    request.url = api.url + target;
    request.headers = {{"Authorization", "Bearer " + api.token}};
    if (!body.is_null()) {
        request.headers.push_back({"Content-Type", "application/json"});
        request.body = contracts::dump_json(body);
    }
    Result<HttpResponse> answer = client.perform(std::move(request));
    if (!answer) return answer.fault();
    Result<Json> document = contracts::parse_json(answer->body);
    if (answer->status == 404) return fail(ErrorKind::not_found, "the API does not have " + target);
    if (answer->status >= 400 || !document)
        return fail(
            ErrorKind::permission,
            "the API answered " + std::to_string(answer->status) + " to " + target, {},
            "check API_TOKEN, or run the program on the machine with the daemon's data directory");
    return document;
}

Result<std::string> terminal_user(const ApiAccess& api, const std::string& wanted) {
    HttpClient client;
    return wanted.empty() ? first_admin(client, api) : find_wanted(client, api, wanted);
}

}  // namespace control
