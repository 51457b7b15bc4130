#include "control/api/api.h"

#include "control/api/authenticate.h"
#include "control/api/routes.h"

namespace control {

namespace {

HttpResponse no_such_route(const HttpRequest& request, const std::string& allow) {
    if (allow.empty())
        return problem(
            404, {ErrorKind::not_found, "nothing is served at this path", {}, "see /openapi.json"});
    HttpResponse response = problem(
        405,
        {ErrorKind::invalid, request.method + " is not served at this path", {}, "use " + allow});
    response.headers.push_back({"Allow", allow});
    return response;
}

// Whoever speaks for users may look around in his own name, and add users; all else is done for
// somebody.
Result<void> check_name(const Exchange& exchange) {
    const Route& route = *exchange.route;
    if (!exchange.caller.speaks_for_users || exchange.caller.is_admin() || route.method == "GET" ||
        route.access != Access::commands)
        return {};
    return fail(ErrorKind::permission, "is required", "X-Telegram-ID", "say for which user");
}

void dispatch(Exchange exchange) {
    Result<void> allowed = check_access(*exchange.route, exchange.caller);
    if (allowed) allowed = check_name(exchange);
    if (!allowed) return exchange.refuse(allowed.error());
    exchange.route->handle(std::move(exchange));
}

}  // namespace

Api::Api(Database& database, const contracts::Clock& clock, contracts::Log log)
    : context_(std::make_shared<const ApiContext>(ApiContext{database, clock, std::move(log)})) {}

HttpHandler Api::handler_for_tcp() const {
    return [context = context_](HttpRequest request, HttpReply reply) {
        RouteMatch match = match_route(request.method, request.path);
        Caller caller;
        if (match.route == nullptr || match.route->access != Access::open) {
            // Whoever has no token does not learn what is served.
            std::expected<Caller, HttpResponse> known =
                authenticate(context->database, request, context->clock.now());
            if (!known) return reply(std::move(known.error()));
            caller = *std::move(known);
        }
        if (match.route == nullptr) return reply(no_such_route(request, match.allow));
        dispatch({context, std::move(caller), match.route, std::move(match.id), std::move(request),
                  std::move(reply)});
    };
}

HttpHandler Api::handler_for(Caller caller) const {
    return [context = context_, caller = std::move(caller)](HttpRequest request, HttpReply reply) {
        RouteMatch match = match_route(request.method, request.path);
        if (match.route == nullptr) return reply(no_such_route(request, match.allow));
        dispatch({context, caller, match.route, std::move(match.id), std::move(request),
                  std::move(reply)});
    };
}

}  // namespace control
