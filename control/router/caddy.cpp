#include "control/router/caddy.h"

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr std::string_view kUnix = "unix://";
constexpr const char* kStrictTransport = "max-age=31536000";
constexpr std::size_t kShownOfProblem = 500;
constexpr std::chrono::seconds kPatience{30};

Json issuer_of(const CaddySettings& settings) {
    Json issuer{{"module", "acme"}};
    if (!settings.acme.empty()) issuer["ca"] = settings.acme;
    if (!settings.email.empty()) issuer["email"] = settings.email;
    if (!settings.acme_roots.empty())
        issuer["trusted_roots_pem_files"] = Json::array({settings.acme_roots});
    issuer["challenges"] = {{"http", {{"alternate_port", settings.http_port}}},
                            {"tls-alpn", {{"disabled", true}}}};
    return issuer;
}

// A browser that has been here does not use plain http for this name again.
Json secure_route(const WebRoute& route) {
    return {{"match", Json::array({{{"host", Json::array({route.host})}}})},
            {"terminal", true},
            {"handle",
             Json::array(
                 {{{"handler", "headers"},
                   {"response",
                    {{"set", {{"Strict-Transport-Security", Json::array({kStrictTransport})}}}}}},
                  {{"handler", "reverse_proxy"},
                   {"flush_interval", -1},
                   {"upstreams", Json::array({{{"dial", route.upstream}}})}}})}};
}

// Caddy answers the authority's challenges before this route.
Json plain_route(const CaddySettings& settings, const Json& hosts) {
    const std::string port =
        settings.https_port == 443 ? "" : ":" + std::to_string(settings.https_port);
    return {
        {"match", Json::array({{{"host", hosts}}})},
        {"terminal", true},
        {"handle", Json::array({{{"handler", "static_response"},
                                 {"status_code", 308},
                                 {"headers",
                                  {{"Location", Json::array({"https://{http.request.host}" + port +
                                                             "{http.request.uri}"})}}}}})}};
}

Json server_of(const CaddySettings& settings, std::uint16_t port, Json routes) {
    return {{"listen", Json::array({settings.address + ':' + std::to_string(port)})},
            {"protocols", Json::array({"h1", "h2"})},
            {"automatic_https", {{"disable_redirects", true}}},
            {"routes", std::move(routes)}};
}

class Caddy final : public Router {
public:
    Caddy(CaddySettings settings, HttpClient& client)
        : settings_(std::move(settings)), client_(client) {}

    Result<void> lead(const std::vector<WebRoute>& routes) override {
        ClientRequest request{.method = "POST",
                              .url = settings_.admin + "/load",
                              .headers = {{"Content-Type", "application/json"}},
                              .body = contracts::dump_json(caddy_configuration(settings_, routes)),
                              .timeout = kPatience};
        if (settings_.admin.starts_with(kUnix)) {
            request.unix_socket = settings_.admin.substr(kUnix.size());
            request.url = "http://caddy/load";
        }
        const Result<HttpResponse> answer = client_.perform(std::move(request));
        if (!answer) return fail(Error(answer.error()).context("Caddy's admin API"));
        if (answer->status / 100 == 2) return {};
        return fail(ErrorKind::upstream, "Caddy refused its configuration (" +
                                             std::to_string(answer->status) +
                                             "): " + answer->body.substr(0, kShownOfProblem));
    }

private:
    using Error = contracts::Error;
    CaddySettings settings_;
    HttpClient& client_;
};

}  // namespace

Json caddy_configuration(const CaddySettings& settings, const std::vector<WebRoute>& routes) {
    const bool is_socket = settings.admin.starts_with(kUnix);
    const std::size_t scheme = settings.admin.find("://") + 3;
    Json hosts = Json::array(), secure = Json::array();
    for (const WebRoute& route : routes) {
        hosts.push_back(route.host);
        secure.push_back(secure_route(route));
    }
    Json plain = Json::array();
    if (!hosts.empty()) plain.push_back(plain_route(settings, hosts));
    // The policy lists the names: otherwise Caddy considers some of them internal and signs them
    // with an authority of its own, which it would make this machine trust.
    Json policies = Json::array();
    if (!hosts.empty())
        policies.push_back({{"subjects", hosts}, {"issuers", Json::array({issuer_of(settings)})}});
    Json whole{{"admin", {{"listen", (is_socket ? "unix/" : "") + settings.admin.substr(scheme)}}},
               {"apps",
                {{"pki", {{"certificate_authorities", {{"local", {{"install_trust", false}}}}}}},
                 {"tls", {{"automation", {{"policies", std::move(policies)}}}}},
                 {"http",
                  {{"http_port", settings.http_port},
                   {"https_port", settings.https_port},
                   {"grace_period", std::to_string(settings.grace.count()) + "s"},
                   {"servers",
                    {{"edge", server_of(settings, settings.https_port, std::move(secure))},
                     {"plain", server_of(settings, settings.http_port, std::move(plain))}}}}}}}};
    if (!settings.storage.empty())
        whole["storage"] = {{"module", "file_system"}, {"root", settings.storage}};
    return whole;
}

std::unique_ptr<Router> make_caddy(CaddySettings settings, HttpClient& client) {
    return std::make_unique<Caddy>(std::move(settings), client);
}

}  // namespace control
