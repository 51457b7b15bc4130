#include "control/api/web_access.h"

#include "control/api/handlers.h"
#include "control/store/web_sessions.h"

namespace control {

void visit_fields(WebLink& link, contracts::FieldList& fields) {
    fields.required("path", link.path, contracts::kShortText);
    fields.required("expires_at", link.expires_at);
}

void visit_fields(WebSessionEntry& session, contracts::FieldList& fields) {
    fields.required("id", session.id, contracts::kIdentifier);
    fields.required("token", session.token, contracts::kIdentifier);
    fields.required("browser", session.browser, contracts::kShortText);
    fields.required("created_at", session.created_at);
    fields.required("expires_at", session.expires_at);
}

namespace {

// A page has the permissions of the token that it signs in with; a caller identified by its door
// has no token.
Result<void> check_token(const Caller& caller) {
    if (!caller.token.empty() && caller.worker_id.empty()) return {};
    return fail(ErrorKind::permission, "the web page is for people with a token of their own", {},
                "call the API over the network, with a user's or an administrator's token");
}

// The user whose sessions a caller sees and ends; empty: all users.
std::string whose(const Caller& caller) {
    return caller.is_admin() && caller.user_id.empty() ? std::string() : caller.token;
}

}  // namespace

void handle_new_web_link(Exchange&& exchange) {
    if (Result<void> known = check_token(*exchange.caller); !known)
        return exchange.refuse(known.error());
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [](Transaction& tx, Write& write) -> Result<void> {
                         const contracts::Timestamp now = write.exchange.context->clock.now();
                         WebLink link{.path = {}, .expires_at = now + kLinkLasts};
                         Result<std::string> secret = web_sessions::create_link(
                             tx, write.exchange.caller->token, link.expires_at, now);
                         if (!secret) return secret.fault();
                         link.path = "/web/#link=" + *secret;
                         write.answer =
                             json_text_response(201, contracts::format_message(std::move(link)));
                         write.answer.headers.push_back({"Cache-Control", "no-store"});
                         return {};
                     });
}

void handle_web_sessions(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    if (Result<void> known = check_token(*exchange.caller); !known && !exchange.caller->is_admin())
        return exchange.refuse(known.error());
    Result<std::vector<WebSession>> sessions = web_sessions::list(
        exchange.context->database, whose(*exchange.caller), exchange.context->clock.now(), *limit);
    if (!sessions) return exchange.refuse(sessions.error());
    std::vector<WebSessionEntry> entries;
    for (WebSession& one : *sessions)
        entries.push_back({std::move(one.id), std::move(one.token), std::move(one.browser),
                           one.created_at, one.expires_at});
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

void handle_end_web_session(Exchange&& exchange) {
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [](Transaction& tx, Write& write) -> Result<void> {
                         const Caller& caller = *write.exchange.caller;
                         if (caller.token.empty() && !caller.is_admin()) return check_token(caller);
                         write.answer = HttpResponse{204, {}, {}};
                         return web_sessions::end(tx, write.exchange.id, whose(caller));
                     });
}

}  // namespace control
