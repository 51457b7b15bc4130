// Access to the web page, as rows: links that sign in once, and the sessions created from them. The
// role web signs in with a link; here the holder of the token creates, lists and ends them.
#pragma once

#include "control/api/exchange.h"

#include "contracts/fields/field_list.h"

namespace control {

inline constexpr std::chrono::minutes kLinkLasts{10};

// The answer to a new link. The secret follows "#", because browsers do not send that part to a
// server.
struct WebLink {
    std::string path;  // "/web/#link=…"
    contracts::Timestamp expires_at{};
};
void visit_fields(WebLink& link, contracts::FieldList& fields);

struct WebSessionEntry {
    std::string id;
    std::string token;    // the prefix of the token whose permissions it has
    std::string browser;  // the browser's own name for itself
    contracts::Timestamp created_at{};
    contracts::Timestamp expires_at{};
};
void visit_fields(WebSessionEntry& session, contracts::FieldList& fields);

// POST /api/web_links
void handle_new_web_link(Exchange&& exchange);
// GET /api/web_sessions: those of the caller's token; for an administrator, all.
void handle_web_sessions(Exchange&& exchange);
// DELETE /api/web_sessions/{id}
void handle_end_web_session(Exchange&& exchange);

}  // namespace control
