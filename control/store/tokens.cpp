#include "control/store/tokens.h"

#include "contracts/base/id.h"
#include "contracts/base/json.h"
#include "contracts/base/sha256.h"
#include "contracts/permissions/allowed_commands.h"
#include "control/store/run.h"

namespace control::tokens {

using contracts::Json;
using contracts::Timestamp;

namespace {

constexpr std::string_view kBegin = "orch_";
constexpr std::size_t kPrefixBytes = 6;
constexpr std::size_t kSecretBytes = 24;
constexpr std::size_t kTextSize = 5 + 2 * kPrefixBytes + 1 + 2 * kSecretBytes;

constexpr std::string_view kColumns =
    "prefix, name, role, digest, user_id, worker_id, task_id, scopes, speaks_for_users, "
    "created_at, expires_at, revoked_at, api_key_id, used_at, project_id, parent, account";
constexpr std::size_t kDigestColumn = 3;

Value value_of(const std::optional<std::string>& text) {
    return text ? Value(*text) : Value(std::monostate{});
}
Value value_of(const std::optional<Timestamp>& time) {
    return time ? Value(static_cast<std::int64_t>(time->time_since_epoch().count()))
                : Value(std::monostate{});
}
std::optional<Timestamp> time_of(std::optional<std::int64_t> ms) {
    if (!ms) return std::nullopt;
    return Timestamp(std::chrono::milliseconds(*ms));
}

Result<Token> token_of(const Row& row) {
    const std::optional<TokenRole> role = contracts::parse_choice<TokenRole>(row.text(2));
    const Result<Json> scopes = contracts::parse_json(row.text(7));
    if (!role || !scopes || !scopes->is_array())
        return fail(ErrorKind::fatal, "the stored value is not one of the known values", "tokens");
    Token token;
    token.prefix = row.text(0);
    token.name = row.text(1);
    token.role = *role;
    token.user_id = row.optional_text(4);
    token.worker_id = row.optional_text(5);
    token.task_id = row.optional_text(6);
    for (const Json& scope : *scopes)
        if (scope.is_string()) token.scopes.push_back(scope.get<std::string>());
    token.speaks_for_users = row.integer(8) != 0;
    token.created_at = Timestamp(std::chrono::milliseconds(row.integer(9)));
    token.expires_at = time_of(row.optional_integer(10));
    token.revoked_at = time_of(row.optional_integer(11));
    token.api_key_id = row.optional_text(12);
    token.used_at = time_of(row.optional_integer(13));
    token.project_id = row.optional_text(14);
    token.parent = row.optional_text(15);
    token.account = row.optional_text(16);
    return token;
}

bool has_ended(const Token& token, Timestamp now) {
    return token.revoked_at || (token.expires_at && *token.expires_at <= now);
}

Result<std::optional<Token>> find_where(Queries& db, std::string_view column,
                                        const std::string& value) {
    Result<Rows> found = db.query(std::string("SELECT ")
                                      .append(kColumns)
                                      .append(" FROM tokens WHERE ")
                                      .append(column)
                                      .append(" = $1"),
                                  {value});
    if (!found) return found.fault();
    if (found->rows.empty()) return std::nullopt;
    Result<Token> token = token_of(found->rows.front());
    if (!token) return token.fault();
    return *std::move(token);
}

// "WITH below …": the tokens that match `condition`, which contains $1, and all below them.
std::string with_below(std::string_view condition, std::string_view statement) {
    return std::string("WITH RECURSIVE below (prefix) AS (SELECT prefix FROM tokens WHERE ")
        .append(condition)
        .append(
            " UNION SELECT lower.prefix FROM tokens lower JOIN below ON lower.parent = "
            "below.prefix) ")
        .append(statement);
}

Result<void> erase_where(Queries& db, std::string_view condition, const std::string& value) {
    if (Result<void> keys =
            run(db,
                with_below(condition,
                           "DELETE FROM api_keys WHERE id IN (SELECT api_key_id FROM tokens WHERE "
                           "prefix IN (SELECT prefix FROM below))"),
                {value});
        !keys)
        return keys;
    return run(
        db, with_below(condition, "DELETE FROM tokens WHERE prefix IN (SELECT prefix FROM below)"),
        {value});
}

// Reads the upper token again: it may have been revoked or narrowed since the caller was
// authenticated.
Result<void> check_upper(Queries& db, const NewToken& token, Timestamp now) {
    std::optional<std::string> prefix = token.parent;
    for (int depth = 1; prefix; ++depth) {
        if (depth >= kMaxDepth)
            return fail(ErrorKind::conflict,
                        "it would be below more than " + std::to_string(kMaxDepth) +
                            " tokens, each created with the previous one",
                        {}, "create it with one of the earlier tokens");
        Result<std::optional<Token>> upper = find(db, *prefix);
        if (!upper) return upper.fault();
        if (!*upper || has_ended(**upper, now))
            return fail(ErrorKind::permission, "the token that creates it has ended");
        const contracts::AllowedCommands limit(contracts::expand_profiles((*upper)->scopes));
        for (const std::string& scope : contracts::expand_profiles(token.scopes))
            if (Result<void> allowed = limit.check(scope); !allowed) return allowed;
        prefix = (*upper)->parent;
    }
    return {};
}

std::string_view prefix_in(std::string_view text) {
    if (text.size() != kTextSize || !text.starts_with(kBegin)) return {};
    return text.substr(kBegin.size(), 2 * kPrefixBytes);
}

}  // namespace

Result<std::string> create(Queries& db, const NewToken& token, Timestamp now) {
    if (Result<void> within = check_upper(db, token, now); !within) return within.fault();
    const std::string prefix = contracts::random_hex(kPrefixBytes);
    std::string text = std::string(kBegin) + prefix + '_' + contracts::random_hex(kSecretBytes);
    Result<Rows> done = db.query(
        "INSERT INTO tokens (prefix, name, role, digest, user_id, worker_id, task_id, scopes, "
        "speaks_for_users, created_at, expires_at, api_key_id, project_id, parent, "
        "account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        {prefix, token.name, std::string(contracts::to_text(token.role)),
         contracts::sha256_hex(text), value_of(token.user_id), value_of(token.worker_id),
         value_of(token.task_id), contracts::dump_json(token.scopes),
         std::int64_t{token.speaks_for_users ? 1 : 0},
         static_cast<std::int64_t>(now.time_since_epoch().count()), value_of(token.expires_at),
         value_of(token.api_key_id), value_of(token.project_id), value_of(token.parent),
         value_of(token.account)});
    if (!done) return done.fault();
    return text;
}

bool has_form(std::string_view text) {
    return !prefix_in(text).empty();
}

Result<Token> authenticate(Queries& db, std::string_view text, Timestamp now) {
    const auto refused = [] {
        return fail(ErrorKind::permission, "the token is unknown, expired or revoked", {},
                    "ask an administrator for a new one");
    };
    const std::string_view prefix = prefix_in(text);
    if (prefix.empty()) return refused();
    Result<Rows> found =
        db.query("SELECT " + std::string(kColumns) + " FROM tokens WHERE prefix = $1",
                 {std::string(prefix)});
    if (!found) return found.fault();
    if (found->rows.empty()) return refused();
    const Row& row = found->rows.front();
    if (!contracts::equal_in_constant_time(row.text(kDigestColumn), contracts::sha256_hex(text)))
        return refused();
    Result<Token> token = token_of(row);
    if (!token) return token;
    if (has_ended(*token, now)) return refused();
    return token;
}

Result<std::vector<Token>> list(Queries& db) {
    Result<Rows> found = db.query("SELECT " + std::string(kColumns) +
                                  " FROM tokens ORDER BY created_at DESC, prefix");
    if (!found) return found.fault();
    std::vector<Token> all;
    for (const Row& row : found->rows) {
        Result<Token> token = token_of(row);
        if (!token) return token.fault();
        all.push_back(*std::move(token));
    }
    return all;
}

Result<std::optional<Token>> find_of_key(Queries& db, const std::string& api_key_id) {
    return find_where(db, "api_key_id", api_key_id);
}

Result<std::optional<Token>> find(Queries& db, const std::string& prefix) {
    return find_where(db, "prefix", prefix);
}

Result<void> revoke(Queries& db, const std::string& prefix, Timestamp now) {
    const auto at = static_cast<std::int64_t>(now.time_since_epoch().count());
    Result<std::optional<Token>> token = find(db, prefix);
    if (!token) return token.fault();
    if (!*token) return fail(ErrorKind::not_found, "there is no token \"" + prefix + '"', "prefix");
    if (Result<void> keys =
            run(db,
                with_below("prefix = $1",
                           "UPDATE api_keys SET revoked_at = $2, version = version + 1 WHERE "
                           "revoked_at IS NULL AND id IN (SELECT api_key_id FROM tokens WHERE "
                           "prefix IN (SELECT prefix FROM below))"),
                {prefix, at});
        !keys)
        return keys;
    return run(db,
               with_below("prefix = $1",
                          "UPDATE tokens SET revoked_at = COALESCE(revoked_at, $2) WHERE prefix "
                          "IN (SELECT prefix FROM below)"),
               {prefix, at});
}

Result<void> set_scopes(Queries& db, const std::string& prefix,
                        const std::vector<std::string>& scopes) {
    const std::string text = contracts::dump_json(scopes);
    if (Result<void> set =
            run(db, "UPDATE tokens SET scopes = $1 WHERE prefix = $2", {text, prefix});
        !set)
        return set;
    Result<Rows> lower =
        db.query("SELECT " + std::string(kColumns) + " FROM tokens WHERE parent = $1", {prefix});
    if (!lower) return lower.fault();
    const contracts::AllowedCommands limit(contracts::expand_profiles(scopes));
    for (const Row& row : lower->rows) {
        Result<Token> token = token_of(row);
        if (!token) return token.fault();
        const contracts::AllowedCommands allowed(contracts::expand_profiles(token->scopes));
        const std::vector<std::string> left = allowed.narrowed_to(limit).patterns();
        if (left == allowed.patterns()) continue;
        if (Result<void> set =
                run(db, "UPDATE api_keys SET scopes = $1, version = version + 1 WHERE id = $2",
                    {contracts::dump_json(left), value_of(token->api_key_id)});
            !set)
            return set;
        if (Result<void> set = set_scopes(db, token->prefix, left); !set) return set;
    }
    return {};
}

Result<void> erase(Queries& db, const std::string& prefix) {
    return erase_where(db, "prefix = $1", prefix);
}

Result<void> erase_of_worker(Queries& db, const std::string& worker_id) {
    return erase_where(db, "worker_id = $1", worker_id);
}

Result<void> erase_of_user(Queries& db, const std::string& user_id) {
    return erase_where(db, "user_id = $1", user_id);
}

Result<std::int64_t> prune(Queries& db, Timestamp cutoff, int limit) {
    constexpr std::string_view kEnded =
        "SELECT prefix FROM tokens WHERE (api_key_id IS NULL OR parent IS NOT NULL OR expires_at "
        "IS NOT NULL) AND (revoked_at < $1 OR expires_at < $1) ORDER BY prefix LIMIT $2)";
    const std::vector<Value> values{std::int64_t{cutoff.time_since_epoch().count()},
                                    std::int64_t{limit}};
    if (Result<void> keys =
            run(db,
                std::string("DELETE FROM api_keys WHERE id IN (SELECT api_key_id FROM tokens WHERE "
                            "prefix IN (")
                    .append(kEnded)
                    .append(")"),
                values);
        !keys)
        return keys.fault();
    Result<Rows> gone =
        db.query(std::string("DELETE FROM tokens WHERE prefix IN (").append(kEnded), values);
    if (!gone) return gone.fault();
    return gone->changed;
}

Result<std::optional<std::string>> create_first_admin(Queries& db, Timestamp now) {
    Result<Rows> admins = db.query("SELECT prefix FROM tokens WHERE role = 'admin' LIMIT 1");
    if (!admins) return admins.fault();
    if (!admins->rows.empty()) return std::nullopt;
    Result<std::string> text =
        create(db, {.name = "first start", .role = TokenRole::admin, .scopes = {"*"}}, now);
    if (!text) return text.fault();
    return *std::move(text);
}

}  // namespace control::tokens
