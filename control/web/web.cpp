#include "control/web/web.h"

#include "contracts/base/text.h"
#include "control/http/event_stream.h"
#include "control/web/guard.h"
#include "control/web/page.h"

namespace control::web {

namespace {

constexpr std::string_view kBegin = "/web/";
constexpr std::string_view kIndex = "index.html";
constexpr int kThreads = 2;

HttpResponse to_page() {
    return {302, {{"Location", std::string(kBegin)}}, {}};
}

// Only the cookie identifies the caller: other credentials are removed.
void strip(HttpRequest& request) {
    std::erase_if(request.headers, [](const HttpHeader& header) {
        const std::string name = contracts::lower_case(header.name);
        return name == "cookie" || name == "authorization" || name == "x-telegram-id";
    });
}

}  // namespace

Web::Web(WebNeeds needs)
    : needs_(std::move(needs)),
      sign_in_(needs_),
      watch_(needs_),
      files_(page_files()),
      pool_(kThreads) {}

void Web::stop() {
    watch_.stop();
    pool_.stop();
}

void Web::handle(HttpRequest request, HttpReply answered) {
    HttpReply reply = [answered = std::move(answered)](HttpResponse response) {
        answered(guarded(std::move(response)));
    };
    const std::string_view path = request.path;
    if (!path.starts_with(kBegin)) return reply(to_page());
    const std::string_view rest = path.substr(kBegin.size());
    if (rest == "session") return later(&Web::serve_session, std::move(request), std::move(reply));
    if (rest == "events") return later(&Web::serve_events, std::move(request), std::move(reply));
    if (rest.starts_with("api/"))
        return later(&Web::serve_api, std::move(request), std::move(reply));
    reply(files_.serve(request, rest.empty() ? kIndex : rest));
}

void Web::later(Part part, HttpRequest request, HttpReply reply) {
    pool_.submit(std::to_string(++jobs_),
                 [this, part, request = std::move(request), reply = std::move(reply)](
                     const std::stop_token&) mutable { (this->*part)(std::move(request), reply); });
}

void Web::serve_session(HttpRequest request, const HttpReply& reply) {
    if (request.method == "GET") {
        const Result<SignedIn> who = sign_in_.who(request);
        return reply(who ? SignIn::describe(*who) : sign_in_.refuse(who.error()));
    }
    if (Result<void> own = check_from_page(request); !own) return reply(problem(own.error()));
    if (request.method == "POST") return reply(sign_in_.begin(request));
    if (request.method == "DELETE") return reply(sign_in_.end(request));
    HttpResponse refusal =
        problem(405, {ErrorKind::invalid, request.method + " is not served at this path"});
    refusal.headers.push_back({"Allow", "GET, POST, DELETE"});
    reply(std::move(refusal));
}

void Web::serve_events(HttpRequest request, const HttpReply& reply) {
    if (Result<void> own = check_same_site(request); !own) return reply(problem(own.error()));
    const Result<SignedIn> who = sign_in_.who(request);
    if (!who) return reply(sign_in_.refuse(who.error()));
    Result<HttpResponse> stream = watch_.join(*who, request.query["watch"], last_event_id(request));
    reply(stream ? *std::move(stream) : problem(stream.error()));
}

void Web::serve_api(HttpRequest request, const HttpReply& reply) {
    if (Result<void> own = check_from_page(request); !own) return reply(problem(own.error()));
    const Result<SignedIn> who = sign_in_.who(request);
    if (!who) return reply(sign_in_.refuse(who.error()));
    strip(request);
    if (request.method != "GET" && request.method != "HEAD")
        needs_.log.info("an action from the page", {{"session", who->session.id},
                                                    {"token", who->token.prefix},
                                                    {"method", request.method},
                                                    {"path", request.path}});
    request.path.erase(0, kBegin.size() - 1);
    needs_.ask(who->token, std::move(request), reply);
}

}  // namespace control::web
