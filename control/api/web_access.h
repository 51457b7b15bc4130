// Ways into the web page, as rows: links that sign in once, and the sessions that came of them.
// What signs in with a link is the role web; here they are made, seen and ended by whoever holds
// the token.
#pragma once

#include "control/api/exchange.h"

#include "contracts/fields/field_list.h"

namespace control {

inline constexpr std::chrono::minutes kLinkLasts{10};

// The answer to a new link. The secret stands behind "#": browsers keep that to themselves.
struct WebLink {
    std::string path;  // "/web/#link=…"
    contracts::Timestamp expires_at{};
};
void visit_fields(WebLink& link, contracts::FieldList& fields);

struct WebSessionEntry {
    std::string id;
    std::string token;    // the prefix of the token that it speaks for
    std::string browser;  // as it named itself
    contracts::Timestamp created_at{};
    contracts::Timestamp expires_at{};
};
void visit_fields(WebSessionEntry& session, contracts::FieldList& fields);

// POST /api/web_links
void handle_new_web_link(Exchange&& exchange);
// GET /api/web_sessions: one's own token's; an administrator's: everybody's.
void handle_web_sessions(Exchange&& exchange);
// DELETE /api/web_sessions/{id}
void handle_end_web_session(Exchange&& exchange);

}  // namespace control
