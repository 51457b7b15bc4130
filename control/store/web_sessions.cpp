#include "control/store/web_sessions.h"

#include "contracts/base/id.h"
#include "contracts/base/sha256.h"
#include "control/store/run.h"
#include "control/store/stored_time.h"

namespace control::web_sessions {

using contracts::Timestamp;

namespace {

constexpr std::size_t kSecretBytes = 24;
constexpr std::string_view kSessionColumns = "id, token, browser, created_at, expires_at";

WebSession session_of(const Row& row) {
    return {.id = row.text(0),
            .token = row.text(1),
            .browser = row.text(2),
            .created_at = Timestamp(std::chrono::milliseconds(row.integer(3))),
            .expires_at = Timestamp(std::chrono::milliseconds(row.integer(4)))};
}

// Reads the token again. A worker has no page, and a caller that speaks for users names one in each
// request, which a page would not do.
Result<Token> good_token(Queries& db, const std::string& prefix, Timestamp now) {
    Result<std::optional<Token>> token = tokens::find(db, prefix);
    if (!token) return token.fault();
    if (!*token || (*token)->revoked_at || ((*token)->expires_at && *(*token)->expires_at <= now))
        return fail(ErrorKind::permission, "the token has ended", "token", "sign in with another");
    if ((*token)->worker_id || (*token)->speaks_for_users)
        return fail(ErrorKind::permission, "this token does not sign in to the page", "token",
                    "use a user's or an administrator's own token");
    return **std::move(token);
}

std::unexpected<Error> no_link() {
    return fail(ErrorKind::permission, "this link was used before or has expired", "link",
                "create another one: orchestrator web link");
}

Result<SignedIn> find_where(Queries& db, std::string_view column, const std::string& value,
                            Timestamp now) {
    Result<Rows> found = db.query(std::string("SELECT ")
                                      .append(kSessionColumns)
                                      .append(" FROM web_sessions WHERE ")
                                      .append(column)
                                      .append(" = $1 AND expires_at > $2"),
                                  {value, stored(now)});
    if (!found) return found.fault();
    if (found->rows.empty())
        return fail(ErrorKind::permission, "the session has ended", {}, "sign in again");
    WebSession session = session_of(found->rows.front());
    Result<Token> token = good_token(db, session.token, now);
    if (!token) return token.fault();
    return SignedIn{std::move(session), *std::move(token)};
}

}  // namespace

Result<std::string> create_link(Queries& db, const std::string& token, Timestamp expires_at,
                                Timestamp now) {
    if (Result<Token> good = good_token(db, token, now); !good) return good.fault();
    std::string secret = contracts::random_hex(kSecretBytes);
    Result<void> done = run(
        db, "INSERT INTO web_links (digest, token, expires_at, used_at) VALUES ($1, $2, $3, NULL)",
        {contracts::sha256_hex(secret), token, stored(expires_at)});
    if (!done) return done.fault();
    return secret;
}

Result<void> check_link(Queries& db, std::string_view secret, Timestamp now) {
    Result<Rows> found = db.query(
        "SELECT token FROM web_links WHERE digest = $1 AND used_at IS NULL AND expires_at > $2",
        {contracts::sha256_hex(secret), stored(now)});
    if (!found) return found.fault();
    return found->rows.empty() ? Result<void>(no_link()) : Result<void>();
}

Result<std::string> use_link(Queries& db, std::string_view secret, Timestamp now) {
    Result<Rows> used = db.query(
        "UPDATE web_links SET used_at = $1 WHERE digest = $2 AND used_at IS NULL "
        "AND expires_at > $1 RETURNING token",
        {stored(now), contracts::sha256_hex(secret)});
    if (!used) return used.fault();
    if (used->rows.empty()) return no_link();
    return used->rows.front().text(0);
}

Result<Made> create(Queries& db, const std::string& token, std::string_view browser,
                    Timestamp expires_at, Timestamp now) {
    Result<Token> good = good_token(db, token, now);
    if (!good) return good.fault();
    if (good->expires_at) expires_at = std::min(expires_at, *good->expires_at);
    Made made{{contracts::make_uuid7(now), token, std::string(browser.substr(0, kMaxBrowser)), now,
               expires_at},
              contracts::random_hex(kSecretBytes)};
    Result<void> done = run(db,
                            "DELETE FROM web_sessions WHERE token = $1 AND id NOT IN (SELECT id "
                            "FROM web_sessions WHERE token = $1 ORDER BY created_at DESC, id DESC "
                            "LIMIT $2)",
                            {token, static_cast<std::int64_t>(kMaxSessions - 1)});
    if (done)
        done = run(db,
                   "INSERT INTO web_sessions (id, digest, token, browser, created_at, expires_at) "
                   "VALUES ($1, $2, $3, $4, $5, $6)",
                   {made.session.id, contracts::sha256_hex(made.secret), token,
                    made.session.browser, stored(now), stored(expires_at)});
    if (!done) return done.fault();
    return made;
}

Result<SignedIn> find(Queries& db, std::string_view secret, Timestamp now) {
    return find_where(db, "digest", contracts::sha256_hex(secret), now);
}

Result<SignedIn> find_again(Queries& db, const std::string& id, Timestamp now) {
    return find_where(db, "id", id, now);
}

Result<std::vector<WebSession>> list(Queries& db, const std::string& token, Timestamp now,
                                     std::size_t limit) {
    Result<Rows> found =
        db.query(std::string("SELECT ")
                     .append(kSessionColumns)
                     .append(" FROM web_sessions WHERE expires_at > $1 AND ($2 = '' OR token = $2) "
                             "ORDER BY created_at DESC, id DESC LIMIT $3"),
                 {stored(now), token, static_cast<std::int64_t>(limit)});
    if (!found) return found.fault();
    std::vector<WebSession> sessions;
    for (const Row& row : found->rows)
        sessions.push_back(session_of(row));
    return sessions;
}

Result<void> end(Queries& db, const std::string& id, const std::string& token) {
    Result<Rows> done =
        db.query("DELETE FROM web_sessions WHERE id = $1 AND ($2 = '' OR token = $2)", {id, token});
    if (!done) return done.fault();
    if (done->changed == 0) return fail(ErrorKind::not_found, "there is no such session", "id");
    return {};
}

Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit) {
    const std::vector<Value> values{stored(cutoff), std::int64_t{limit}};
    std::int64_t gone = 0;
    for (const std::string_view sql :
         {"DELETE FROM web_links WHERE digest IN (SELECT digest FROM web_links "
          "WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
          "DELETE FROM web_sessions WHERE id IN (SELECT id FROM web_sessions "
          "WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"}) {
        Result<Rows> done = db.query(sql, values);
        if (!done) return done.fault();
        gone += done->changed;
    }
    return gone;
}

}  // namespace control::web_sessions
