// Access to the web page: links that sign in once, and the sessions created from them. Both are
// created with a token and have its permissions: the page's requests are made as that token, and
// both are erased with its row.
//
// Secrets are shown once, as text; the store only has their SHA-256.
#pragma once

#include "control/store/tokens.h"

namespace control {

struct WebSession {
    std::string id;
    std::string token;    // the prefix of the token
    std::string browser;  // the browser's own name for itself
    contracts::Timestamp created_at{};
    contracts::Timestamp expires_at{};
};

// A session and its valid token.
struct SignedIn {
    WebSession session;
    Token token;
};

namespace web_sessions {

inline constexpr std::size_t kMaxBrowser = 200;
// Per token: if there is one more, the oldest ends.
inline constexpr std::size_t kMaxSessions = 32;

// The secret of a link that works once, until `expires_at`. A token that has ended, belongs to a
// worker or speaks for users cannot create one: `permission`.
[[nodiscard]] Result<std::string> create_link(Queries& db, const std::string& token,
                                              contracts::Timestamp expires_at,
                                              contracts::Timestamp now);
// Fails as `use_link` would, and changes nothing: without a valid link nobody can cause a write.
[[nodiscard]] Result<void> check_link(Queries& db, std::string_view secret,
                                      contracts::Timestamp now);
// The token that a link was created with. Unknown, used and expired links all fail with the same
// `permission`.
[[nodiscard]] Result<std::string> use_link(Queries& db, std::string_view secret,
                                           contracts::Timestamp now);

struct Made {
    WebSession session;
    std::string secret;
};
// Failure: as of `create_link`. The session does not outlive the token.
[[nodiscard]] Result<Made> create(Queries& db, const std::string& token, std::string_view browser,
                                  contracts::Timestamp expires_at, contracts::Timestamp now);
// The session with this secret. An unknown or ended session, and one whose token has ended, is
// `permission`.
[[nodiscard]] Result<SignedIn> find(Queries& db, std::string_view secret, contracts::Timestamp now);
// The same for a session that was found before.
[[nodiscard]] Result<SignedIn> find_again(Queries& db, const std::string& id,
                                          contracts::Timestamp now);
// The newest first, at most `limit`. Empty token: those of all tokens.
[[nodiscard]] Result<std::vector<WebSession>> list(Queries& db, const std::string& token,
                                                   contracts::Timestamp now, std::size_t limit);
// Empty token: a session of any token. No such session: `not_found`.
[[nodiscard]] Result<void> end(Queries& db, const std::string& id, const std::string& token);
// Erases what expired before `cutoff`, at most `limit` of each. Returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit);

}  // namespace web_sessions
}  // namespace control
