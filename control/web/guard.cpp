#include "control/web/guard.h"

namespace control::web {

using contracts::ErrorKind;
using contracts::Result;

namespace {

constexpr std::string_view kFromPage = "X-Orchestrator-Page";

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

Result<void> foreign(std::string_view header) {
    return contracts::fail(ErrorKind::permission, "another site asks in your name",
                           std::string(header), "use the page itself");
}

}  // namespace

Result<void> check_same_site(const HttpRequest& request) {
    const std::string_view site = request.header("Sec-Fetch-Site");
    if (!site.empty() && site != "same-origin") return foreign("Sec-Fetch-Site");
    const std::string_view origin = request.header("Origin");
    if (origin.empty()) return {};
    const std::string_view host = request.header("Host");
    const std::size_t begin = origin.find("://");
    if (begin == std::string_view::npos || host.empty() || origin.substr(begin + 3) != host)
        return foreign("Origin");
    return {};
}

Result<void> check_from_page(const HttpRequest& request) {
    if (request.header(kFromPage) != "1")
        return contracts::fail(ErrorKind::permission, "is required here", std::string(kFromPage),
                               "use the page itself, or the API with a token");
    return check_same_site(request);
}

HttpResponse guarded(HttpResponse response) {
    response.headers.push_back({"Content-Security-Policy", std::string(kPolicy)});
    response.headers.push_back({"X-Content-Type-Options", "nosniff"});
    response.headers.push_back({"X-Frame-Options", "DENY"});
    response.headers.push_back({"Referrer-Policy", "no-referrer"});
    response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
    response.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
    if (response.header("Cache-Control").empty())
        response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

std::string_view cookie(const HttpRequest& request, std::string_view name) {
    std::string_view rest = request.header("Cookie");
    while (!rest.empty()) {
        std::string_view part = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(part.size() + 1, rest.size()));
        while (part.starts_with(' '))
            part.remove_prefix(1);
        if (part.starts_with(name) && part.substr(name.size()).starts_with('='))
            return part.substr(name.size() + 1);
    }
    return {};
}

}  // namespace control::web
