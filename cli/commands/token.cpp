// Creates weaker tokens: for helpers that need fewer permissions, and only for a limited time.
#include "cli/commands/commands.h"
#include "cli/commands/rest.h"
#include "cli/input.h"
#include "contracts/base/nearest.h"
#include "contracts/entities/keys.h"
#include "contracts/permissions/allowed_commands.h"

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

// A pattern that matches no command is a mistake: the token would be useless.
Result<void> check_known(const std::vector<std::string>& scopes,
                         std::span<const CommandEntry> commands) {
    std::vector<std::string> known;
    for (const CommandEntry& entry : commands)
        if (entry.reach != Reach::nothing) known.push_back(entry.permission());
    for (std::size_t i = 0; i < scopes.size(); ++i) {
        const contracts::AllowedCommands allowed(contracts::expand_profiles({scopes[i]}));
        const auto is_allowed = [&](const std::string& name) {
            return allowed.allows(name);
        };
        if (std::ranges::any_of(known, is_allowed)) continue;
        const std::string_view meant = contracts::nearest(
            scopes[i], std::vector<std::string_view>(known.begin(), known.end()));
        return fail(ErrorKind::invalid, "is not the name of a command",
                    "allow[" + std::to_string(i) + ']',
                    meant.empty() ? "orchestrator token create --help shows how they are written"
                                  : "did you mean " + std::string(meant) + "?");
    }
    return {};
}

std::string id_of(const Json& entity) {
    const auto id = entity.find("id");
    return id != entity.end() && id->is_string() ? id->get<std::string>() : std::string("ID");
}

class TokenCreate final : public Command {
public:
    void declare(Options& options) override {
        options.required("--name", "NAME", name_, "its purpose, for people");
        options.text("--allow", "LIST", allow_,
                     "the commands it may use: project.get,project.secret_set,engineering.*; "
                     "required unless --worker is given");
        options.text("--worker", "ID", worker_,
                     "the running worker whose token it is: it can call models at /gateway/ at "
                     "that worker's cost, and ends with it");
        options.text("--project", "ID", project_, "it can access only this project");
        options.text("--user", "ID", user_,
                     "it acts for this user and can access only this user's projects");
        options.flag(
            "--speaks-for-users", speaks_for_users_,
            "for a bot: each request names its user (X-Telegram-ID), and it can add users");
        options.text("--expires-in", "SECONDS", expires_in_,
                     "its end (default: when your own token ends)");
        options.exclusive("--user", "--speaks-for-users");
        options.exclusive("--project", "--speaks-for-users");
        options.exclusive("--worker", "--user");
        options.exclusive("--worker", "--project");
        options.exclusive("--worker", "--speaks-for-users");
    }

    Result<Outcome> run(Session& session) override {
        Result<Json> body = checked_body(session.commands);
        if (!body) return body.fault();
        Result<ApiAnswer> answer = session.destination->api(
            {"POST", "/api/api_keys", *std::move(body), session.request_id});
        if (!answer) {
            // The token may exist although the answer was lost.
            if (contracts::is_retryable(answer.error().kind) && answer.error().next_step.empty())
                answer.error().next_step =
                    "orchestrator token list shows whether it was created: if so, revoke it, and "
                    "create "
                    "another one";
            return answer.fault();
        }
        const auto key = answer->body.find("key");
        if (key == answer->body.end() || !key->is_string())
            return fail(
                ErrorKind::conflict,
                "the token was created, but the answer that shows it was lost; it is shown only "
                "once",
                {}, "orchestrator token revoke " + id_of(answer->body) + ", then make another one");
        Outcome outcome{{}, "the token is data.key; it is shown only once"};
        outcome.quiet = key->get_ref<const std::string&>() + '\n';
        outcome.data = std::move(answer->body);
        return outcome;
    }

private:
    [[nodiscard]] Result<std::vector<std::string>> checked_scopes(
        std::span<const CommandEntry> commands) const {
        if (!allow_ && worker_) return std::vector<std::string>();
        if (!allow_)
            return fail(ErrorKind::invalid, "is required unless --worker is given", "allow",
                        "name the commands that it may use: --allow project.get,engineering.*");
        Result<std::vector<std::string>> scopes = split_list("allow", *allow_);
        if (!scopes) return scopes;
        Result<void> known = check_known(*scopes, commands);
        if (Result<contracts::AllowedCommands> sound = contracts::AllowedCommands::parse(*allow_);
            !sound) {
            sound.error().field = "allow";
            // "project.secret.set" is not a pattern, but close to a name.
            if (!known) sound.error().next_step = std::move(known.error().next_step);
            return sound.fault();
        }
        if (!known) return known.fault();
        return scopes;
    }

    [[nodiscard]] Result<Json> checked_body(std::span<const CommandEntry> commands) const {
        if (Result<void> text = check_text("name", *name_); !text) return text.fault();
        Result<std::vector<std::string>> scopes = checked_scopes(commands);
        if (!scopes) return scopes.fault();
        Json body{{"name", *name_}, {"scopes", *std::move(scopes)}};
        if (worker_) {
            if (Result<void> id = check_identifier("worker_id", *worker_); !id) return id.fault();
            body["worker_id"] = *worker_;
        }
        if (user_) {
            if (Result<void> id = check_identifier("user_id", *user_); !id) return id.fault();
            body["user_id"] = *user_;
        }
        if (speaks_for_users_) body["speaks_for_users"] = true;
        if (project_) {
            if (Result<void> id = check_identifier("project_id", *project_); !id) return id.fault();
            body["project_id"] = *project_;
        }
        if (expires_in_) {
            Result<std::int64_t> seconds =
                parse_number("expires_in", *expires_in_, contracts::kKeySeconds.low,
                             contracts::kKeySeconds.high);
            if (!seconds) return seconds.fault();
            body["expires_in"] = *seconds;
        }
        return body;
    }

    std::optional<std::string> name_;
    std::optional<std::string> allow_;
    std::optional<std::string> worker_;
    std::optional<std::string> project_;
    std::optional<std::string> user_;
    bool speaks_for_users_ = false;
    std::optional<std::string> expires_in_;
};

class TokenList final : public Command {
public:
    void declare(Options& options) override { page_.declare(options); }
    Result<Outcome> run(Session& session) override {
        Result<std::string> query = page_.query();
        if (!query) return query.fault();
        return list(session, "/api/api_keys" + *query,
                    {"id", "name", "scopes", "user_id", "project_id", "expires_at", "revoked_at"});
    }

private:
    Page page_;
};

class TokenRevoke final : public Command {
public:
    void declare(Options& options) override {
        options.argument("ID", id_, "the token's id, as token list shows it");
    }
    Result<Outcome> run(Session& session) override {
        if (Result<void> id = check_identifier("id", *id_); !id) return id.fault();
        Result<ApiAnswer> answer =
            session.destination->api({"PATCH", "/api/api_keys/" + *id_, Json{{"revoked", true}}});
        if (!answer) return answer.fault();
        return Outcome{std::move(answer->body),
                       "token " + *id_ +
                           " is revoked, with those that were created with "
                           "it"};
    }

private:
    std::optional<std::string> id_;
};

}  // namespace

std::unique_ptr<Command> token_create() {
    return std::make_unique<TokenCreate>();
}
std::unique_ptr<Command> token_list() {
    return std::make_unique<TokenList>();
}
std::unique_ptr<Command> token_revoke() {
    return std::make_unique<TokenRevoke>();
}

}  // namespace cli::commands
