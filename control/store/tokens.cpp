#include "control/store/tokens.h"

#include "contracts/base/id.h"
#include "contracts/base/json.h"
#include "contracts/base/sha256.h"

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
    "created_at, expires_at, revoked_at, api_key_id, used_at";
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
        return fail(ErrorKind::fatal, "the stored value is not one of ours", "tokens");
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
    return token;
}

std::string_view prefix_in(std::string_view text) {
    if (text.size() != kTextSize || !text.starts_with(kBegin)) return {};
    return text.substr(kBegin.size(), 2 * kPrefixBytes);
}

}  // namespace

Result<std::string> create(Queries& db, const NewToken& token, Timestamp now) {
    const std::string prefix = contracts::random_hex(kPrefixBytes);
    const std::string text =
        std::string(kBegin) + prefix + '_' + contracts::random_hex(kSecretBytes);
    Result<Rows> done = db.query(
        "INSERT INTO tokens (prefix, name, role, digest, user_id, worker_id, task_id, scopes, "
        "speaks_for_users, created_at, expires_at, api_key_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        {prefix, token.name, std::string(contracts::to_text(token.role)),
         contracts::sha256_hex(text), value_of(token.user_id), value_of(token.worker_id),
         value_of(token.task_id), contracts::dump_json(token.scopes),
         std::int64_t{token.speaks_for_users ? 1 : 0},
         static_cast<std::int64_t>(now.time_since_epoch().count()), value_of(token.expires_at),
         value_of(token.api_key_id)});
    if (!done) return fail(std::move(done.error()));
    return text;
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
    if (!found) return fail(std::move(found.error()));
    if (found->rows.empty()) return refused();
    const Row& row = found->rows.front();
    if (!contracts::equal_in_constant_time(row.text(kDigestColumn), contracts::sha256_hex(text)))
        return refused();
    Result<Token> token = token_of(row);
    if (!token) return token;
    if (token->revoked_at || (token->expires_at && *token->expires_at <= now)) return refused();
    return token;
}

Result<std::vector<Token>> list(Queries& db) {
    Result<Rows> found = db.query("SELECT " + std::string(kColumns) +
                                  " FROM tokens ORDER BY created_at DESC, prefix");
    if (!found) return fail(std::move(found.error()));
    std::vector<Token> all;
    for (const Row& row : found->rows) {
        Result<Token> token = token_of(row);
        if (!token) return fail(std::move(token.error()));
        all.push_back(*std::move(token));
    }
    return all;
}

Result<void> revoke(Queries& db, const std::string& prefix, Timestamp now) {
    Result<Rows> done =
        db.query("UPDATE tokens SET revoked_at = COALESCE(revoked_at, $1) WHERE prefix = $2",
                 {static_cast<std::int64_t>(now.time_since_epoch().count()), prefix});
    if (!done) return fail(std::move(done.error()));
    if (done->changed == 0)
        return fail(ErrorKind::not_found, "there is no token \"" + prefix + '"', "prefix");
    return {};
}

Result<void> erase_of_worker(Queries& db, const std::string& worker_id) {
    Result<Rows> done = db.query("DELETE FROM tokens WHERE worker_id = $1", {worker_id});
    if (!done) return fail(std::move(done.error()));
    return {};
}

Result<std::optional<std::string>> create_first_admin(Queries& db, Timestamp now) {
    Result<Rows> admins = db.query("SELECT prefix FROM tokens WHERE role = 'admin' LIMIT 1");
    if (!admins) return fail(std::move(admins.error()));
    if (!admins->rows.empty()) return std::nullopt;
    Result<std::string> text =
        create(db, {.name = "first start", .role = TokenRole::admin, .scopes = {"*"}}, now);
    if (!text) return fail(std::move(text.error()));
    return *std::move(text);
}

}  // namespace control::tokens
