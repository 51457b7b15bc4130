#include "control/web/sign_in.h"

#include "control/web/guard.h"

namespace control::web {

using contracts::Json;

namespace {

constexpr std::string_view kCookie = "orchestrator_session";
constexpr std::size_t kMaxBody = 4 << 10;

// A browser's own name in plain letters, because it is shown to people.
std::string browser_of(const HttpRequest& request) {
    std::string name(request.header("User-Agent").substr(0, web_sessions::kMaxBrowser));
    for (char& c : name)
        if (c < ' ' || c > '~') c = '?';
    return name;
}

}  // namespace

Result<SignedIn> SignIn::who(const HttpRequest& request) const {
    const std::string_view secret = cookie(request, kCookie);
    if (secret.empty()) return fail(ErrorKind::permission, "nobody is signed in", {}, "sign in");
    return web_sessions::find(needs_.database, secret, needs_.clock.now());
}

Result<web_sessions::Made> SignIn::make(const Json& body, const HttpRequest& request) const {
    const std::string link = contracts::text_at(body, "link");
    const std::string text = contracts::text_at(body, "token");
    if (link.empty() == text.empty())
        return fail(ErrorKind::invalid, "one of link and token is required", "link",
                    "orchestrator web link makes a link");
    const contracts::Timestamp asked = needs_.clock.now();
    Result<void> known;
    if (!link.empty())
        known = web_sessions::check_link(needs_.database, link, asked);
    else if (const Result<Token> token = tokens::authenticate(needs_.database, text, asked); !token)
        known = token.fault();
    if (!known) return known.fault();
    Result<web_sessions::Made> made = fail(ErrorKind::fatal, "nothing was done");
    Result<void> done = needs_.database.transaction([&](Transaction& tx) -> Result<void> {
        const contracts::Timestamp now = needs_.clock.now();
        Result<std::string> prefix;
        if (!link.empty()) {
            prefix = web_sessions::use_link(tx, link, now);
        } else {
            const Result<Token> token = tokens::authenticate(tx, text, now);
            prefix = token ? Result<std::string>(token->prefix) : token.fault();
        }
        if (!prefix) return prefix.fault();
        made =
            web_sessions::create(tx, *prefix, browser_of(request), now + needs_.session_lasts, now);
        return made ? Result<void>() : made.fault();
    });
    if (!done) return done.fault();
    return made;
}

std::string SignIn::cookie_line(std::string_view secret, std::chrono::seconds lasts) const {
    return std::string(kCookie)
        .append("=")
        .append(secret)
        .append("; Path=/web/; HttpOnly; SameSite=Strict; Max-Age=")
        .append(std::to_string(lasts.count()))
        .append(needs_.is_https ? "; Secure" : "");
}

HttpResponse SignIn::refuse(const Error& error) const {
    if (error.kind == ErrorKind::permission) return problem(401, error);
    if (error.kind == ErrorKind::invalid) return problem(error);
    needs_.log.error("the page could not ask the store", {{"error", error.describe()}});
    return problem({ErrorKind::transient, "the store does not answer", {}, "try again"});
}

HttpResponse SignIn::begin(const HttpRequest& request) const {
    if (request.body.size() > kMaxBody)
        return problem(413, {ErrorKind::invalid, "the body is too large"});
    const Result<Json> body = contracts::parse_json(request.body);
    if (!body || !body->is_object())
        return problem(400, {ErrorKind::invalid, "the body must be a JSON object"});
    Result<web_sessions::Made> made = make(*body, request);
    if (!made) return refuse(made.error());
    needs_.log.info("signed in to the page",
                    {{"session", made->session.id}, {"token", made->session.token}});
    HttpResponse response = json_response(200, Json{{"id", made->session.id}});
    const auto lasts = std::chrono::floor<std::chrono::seconds>(made->session.expires_at -
                                                                made->session.created_at);
    response.headers.push_back({"Set-Cookie", cookie_line(made->secret, lasts)});
    return response;
}

HttpResponse SignIn::end(const HttpRequest& request) const {
    const Result<SignedIn> found = who(request);
    if (!found && found.error().kind != ErrorKind::permission) return refuse(found.error());
    if (found) {
        const Result<void> done = needs_.database.transaction([&](Transaction& tx) -> Result<void> {
            Result<void> ended = web_sessions::end(tx, found->session.id, {});
            if (!ended && ended.error().kind == ErrorKind::not_found) return {};
            return ended;
        });
        if (!done) return refuse(done.error());
    }
    HttpResponse response{204, {}, {}};
    response.headers.push_back({"Set-Cookie", cookie_line("", std::chrono::seconds(0))});
    return response;
}

HttpResponse SignIn::describe(const SignedIn& who) {
    Json body{{"id", who.session.id},
              {"expires_at", contracts::format_timestamp(who.session.expires_at)},
              {"token", {{"name", who.token.name}, {"prefix", who.token.prefix}}},
              {"role", std::string(contracts::to_text(who.token.role))}};
    if (who.token.user_id) body["user_id"] = *who.token.user_id;
    return json_response(200, body);
}

}  // namespace control::web
