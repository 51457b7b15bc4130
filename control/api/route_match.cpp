#include "control/api/routes.h"

#include "contracts/agent_socket/protocol.h"
#include "control/api/chat.h"

#include <algorithm>

namespace control {

namespace {

// Removes and returns the text before the next slash, and the slash.
std::string_view next_segment(std::string_view& path) {
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    return segment;
}

bool fill(std::string& member, std::string_view segment) {
    Result<std::string> decoded = decode_percent(segment);
    if (!decoded || decoded->empty()) return false;
    member = *std::move(decoded);
    return true;
}

// Compares segment by segment; the values of {id} and {name} are decoded into the match.
bool matches(std::string_view pattern, std::string_view path, RouteMatch& match) {
    if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return false;
    while (!pattern.empty()) {
        const std::string_view wanted = next_segment(pattern);
        const std::string_view segment = next_segment(path);
        if (wanted == "{id}" || wanted == "{name}") {
            if (!fill(wanted == "{id}" ? match.id : match.name, segment)) return false;
        } else if (wanted != segment) {
            return false;
        }
    }
    return path.empty();
}

// A path that the pattern matches.
std::string sample_of(std::string_view pattern) {
    std::string sample;
    while (!pattern.empty()) {
        const std::string_view segment = next_segment(pattern);
        sample.append(segment.starts_with('{') ? "x" : segment);
        if (!pattern.empty()) sample += '/';
    }
    return sample;
}

// Conversations are for people: an agent's token, or one limited to a project, cannot read them.
Result<void> check_is_user(const Caller& caller) {
    if (!caller.worker_id.empty() || caller.project_id || caller.allowed.patterns().empty())
        return fail(ErrorKind::permission, "only its user may read a conversation", {},
                    "use the user's own token");
    if (caller.user_id.empty())
        return fail(ErrorKind::permission, "the request is not made for a user", "X-Telegram-ID",
                    "use the user's own token, or a bot's token with X-Telegram-ID");
    return {};
}

}  // namespace

RouteMatch match_route(std::string_view method, std::string_view path) {
    if (method == "HEAD") method = "GET";
    std::string allow;
    // A path that is a route of its own is not an {id}.
    const bool literal = std::ranges::find(routes(), path, &Route::pattern) != routes().end();
    for (const Route& route : routes()) {
        RouteMatch match{&route, {}, {}, {}};
        if (literal ? route.pattern != path : !matches(route.pattern, path, match)) continue;
        if (route.method == method) return match;
        allow.append(allow.empty() ? "" : ", ").append(route.method);
    }
    return {nullptr, {}, {}, std::move(allow)};
}

std::optional<std::string> missing_commands(const Caller& caller, std::string_view method,
                                            std::string_view path, std::string_view group) {
    std::string missing;
    for (const std::string_view command : contracts::commands_for(method, path)) {
        if (!command.starts_with(group)) continue;
        if (caller.allowed.allows(command)) return std::nullopt;
        if (missing.find(command) == std::string::npos)
            missing.append(missing.empty() ? "" : ", ").append(command);
    }
    return missing;
}

Result<void> check_access(const Route& route, const Caller& caller) {
    if (route.access == Access::people && speaks_as_administrator(caller)) return {};
    if (route.access == Access::users || route.access == Access::people)
        return check_is_user(caller);
    if (route.access == Access::open || caller.is_admin()) return {};
    if (route.access == Access::bots && caller.speaks_for_users) return {};
    const std::string what = std::string(route.method).append(" ").append(route.pattern);
    if (route.access != Access::commands)
        return fail(ErrorKind::permission, what + " is not allowed here", {},
                    "ask an administrator");
    const std::optional<std::string> missing =
        missing_commands(caller, route.method, sample_of(route.pattern));
    if (!missing) return {};
    return fail(ErrorKind::permission, what + " is not allowed here", {},
                missing->empty()
                    ? "ask an administrator"
                    : "it needs one of: " + *missing + "; " + caller.allowed.in_words());
}

}  // namespace control
