// Ways into the web page: links that sign in once, and the sessions that come of them. Both are
// made with a token and are no more than it: the page's requests are made as that token, and with
// its row they are gone.
//
// Secrets are shown once, as text; the store only has their SHA-256.
#pragma once

#include "control/store/tokens.h"

namespace control {

struct WebSession {
    std::string id;
    std::string token;    // the prefix of the token
    std::string browser;  // as it named itself
    contracts::Timestamp created_at{};
    contracts::Timestamp expires_at{};
};

// A session and the token that it speaks for, which is good.
struct SignedIn {
    WebSession session;
    Token token;
};

namespace web_sessions {

inline constexpr std::size_t kMaxBrowser = 200;
// Of one token: the oldest ends when there is one more.
inline constexpr std::size_t kMaxSessions = 32;

// The secret of a link that is good once, until `expires_at`. A token that has ended, a worker's
// and one that speaks for users make none: `permission`.
[[nodiscard]] Result<std::string> create_link(Queries& db, const std::string& token,
                                              contracts::Timestamp expires_at,
                                              contracts::Timestamp now);
// Fails as `use_link` would, and changes nothing: without a link nobody causes a write.
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
// Failure: as of `create_link`. It does not outlive the token.
[[nodiscard]] Result<Made> create(Queries& db, const std::string& token, std::string_view browser,
                                  contracts::Timestamp expires_at, contracts::Timestamp now);
// Whose secret this is. An unknown or ended session, and one whose token has ended, is
// `permission`.
[[nodiscard]] Result<SignedIn> find(Queries& db, std::string_view secret, contracts::Timestamp now);
// The same of a session that was found before.
[[nodiscard]] Result<SignedIn> find_again(Queries& db, const std::string& id,
                                          contracts::Timestamp now);
// The newest first, at most `limit`. Empty token: everybody's.
[[nodiscard]] Result<std::vector<WebSession>> list(Queries& db, const std::string& token,
                                                   contracts::Timestamp now, std::size_t limit);
// Empty token: whoever's it is. Not there: `not_found`.
[[nodiscard]] Result<void> end(Queries& db, const std::string& id, const std::string& token);
// Forgets what expired before `cutoff`, at most `limit` of each. Returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit);

}  // namespace web_sessions
}  // namespace control
