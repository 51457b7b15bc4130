#include "control/api/authenticate.h"

#include "contracts/base/text.h"
#include "control/store/users.h"

namespace control {

namespace {

constexpr std::string_view kTelegramId = "X-Telegram-ID";

HttpResponse unauthorized(const Error& error) {
    HttpResponse response = problem(401, error);
    response.headers.push_back({"WWW-Authenticate", "Bearer"});
    return response;
}

HttpResponse failure(const Error& error, const contracts::Log& log) {
    if (status_of(error.kind) >= 500)
        log.error("could not look up a caller", {{"error", error.describe()}});
    return problem(for_caller(error));
}

// The token of "Bearer <token>", the scheme in any case; empty if there is none.
std::string_view bearer_of(std::string_view header) {
    constexpr std::string_view kScheme = "bearer ";
    if (contracts::lower_case(header.substr(0, kScheme.size())) != kScheme) return {};
    return header.substr(kScheme.size());
}

// A bot acts for a user: the caller has that user's rows, and no more commands than the bot itself.
Result<Caller> speak_for(Queries& db, Caller bot, std::string_view telegram_id) {
    Result<Stored<contracts::User>> user = users::find_by_telegram_id(db, std::string(telegram_id));
    if (!user && user.error().kind == ErrorKind::not_found)
        return fail(ErrorKind::permission, "is not the id of a known user",
                    std::string(kTelegramId), "ask an administrator to add the user");
    if (!user) return user.fault();
    bot.role = TokenRole::user;
    bot.name = "user " + user->entity.id;
    bot.user_id = user->entity.id;
    bot.sees_all_rows = user->entity.is_admin;
    bot.speaks_for_users = false;
    bot.account.clear();
    return bot;
}

}  // namespace

std::expected<std::shared_ptr<const Caller>, HttpResponse> authenticate(
    const ApiContext& context, const HttpRequest& request) {
    const std::string_view text = bearer_of(request.header("Authorization"));
    if (text.empty())
        return std::unexpected(
            unauthorized({ErrorKind::permission, "a token is required", "Authorization",
                          "send Authorization: Bearer <token>"}));
    Result<std::shared_ptr<const Caller>> caller = context.callers.find(text);
    if (!caller && caller.error().kind == ErrorKind::permission) {
        caller.error().field = "Authorization";
        return std::unexpected(unauthorized(caller.error()));
    }
    if (!caller) return std::unexpected(failure(caller.error(), context.log));

    const std::string_view telegram_id = request.header(kTelegramId);
    if (telegram_id.empty()) return *std::move(caller);
    if (!(*caller)->speaks_for_users)
        return std::unexpected(problem({ErrorKind::permission, "this token may not act for users",
                                        std::string(kTelegramId), "leave this header out"}));
    Result<Caller> user = speak_for(context.database, **caller, telegram_id);
    if (!user) return std::unexpected(failure(user.error(), context.log));
    return std::make_shared<const Caller>(*std::move(user));
}

}  // namespace control
