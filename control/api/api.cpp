#include "control/api/api.h"

#include "control/api/authenticate.h"
#include "control/api/routes.h"
#include "control/http/compression.h"
#include "control/http/server.h"
#include "control/store/api_keys.h"

namespace control {

namespace {

// One for each read that the store can serve at the same time.
constexpr int kThreads = 4;
// How many searches may ask a model at the same time; others wait.
constexpr int kSearchThreads = 4;
// Each thread runs one git process at a time.
constexpr int kGitThreads = 2;

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

// A caller that speaks for users may list things and add users in its own name; everything else
// needs a user.
Result<void> check_name(const Exchange& exchange) {
    const Route& route = *exchange.route;
    if (!exchange.caller->speaks_for_users || exchange.caller->is_admin() ||
        route.method == "GET" || route.access != Access::commands)
        return {};
    return fail(ErrorKind::permission, "is required", "X-Telegram-ID",
                "send X-Telegram-ID to name the user");
}

void note_use(const std::shared_ptr<const ApiContext>& context, const std::string& key) {
    context->database.transaction_async(
        [context, key](Transaction& tx) {
            return api_keys::note_use(tx, key, context->clock.now());
        },
        [context](const Result<void>& noted) {
            if (noted) return;
            context->log.warning("could not record the use of an API key",
                                 {{"error", noted.error().describe()}});
        });
}

// `wait`: how long until the caller may ask again.
HttpResponse too_often(std::chrono::milliseconds wait) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    HttpResponse response = problem(429, {ErrorKind::transient,
                                          "this token sends too many requests",
                                          {},
                                          "wait " + std::to_string(seconds) + " s"});
    response.headers.push_back({"Retry-After", std::to_string(seconds)});
    return response;
}

void dispatch(Exchange exchange) {
    if (!exchange.caller->unnoted_key.empty())
        note_use(exchange.context, exchange.caller->unnoted_key);
    if (exchange.route->access != Access::open) {
        const auto wait = exchange.context->rate_limit.take(exchange.caller->charged());
        if (wait.count() > 0) return exchange.reply(too_often(wait));
    }
    Result<void> allowed = check_access(*exchange.route, *exchange.caller);
    if (allowed) allowed = check_name(exchange);
    if (!allowed) return exchange.refuse(allowed.error());
    exchange.route->handle(std::move(exchange));
}

// `work` is dropped, and its reply with it, if nobody waits for it any longer.
void serve(const std::shared_ptr<const ApiContext>& context, const Route* route,
           std::function<void()> work) {
    if (!context->threads || (route != nullptr && answers_at_once(*route))) return work();
    // After this moment the door has certainly given up on the request.
    const contracts::Instant until = context->clock.instant() + 2 * kAnswerPatience;
    // The pool is stopped before the context is destroyed.
    const ApiContext& shared = *context;
    context->threads->submit(std::to_string(++shared.jobs),
                             [&shared, until, work = std::move(work)](const std::stop_token&) {
                                 if (shared.clock.instant() >= until) return;
                                 try {
                                     work();
                                 } catch (const std::exception& thrown) {
                                     shared.log.error("a request ended with an exception",
                                                      {{"error", thrown.what()}});
                                 }
                             });
}

// A request that has arrived. Its reply also updates the log and the counters.
struct Arrival {
    std::shared_ptr<Visit> visit;
    HttpReply reply;
};

Arrival arrive(const std::shared_ptr<const ApiContext>& context, const HttpRequest& request,
               HttpReply reply) {
    auto visit = std::make_shared<Visit>(context->visits.begin(request));
    return {visit, [context, visit, reply = std::move(reply)](HttpResponse response) {
                context->visits.end(*visit, response);
                reply(std::move(response));
            }};
}

}  // namespace

Api::Api(Database& database, const contracts::Clock& clock, const contracts::Log& log,
         ApiOptions options)
    : context_(new ApiContext{database, clock, log, options.metrics, options.vault, options.health,
                              options.bell, std::move(options.settings), options.embeddings,
                              std::move(options.domains), std::move(options.webhook_secret),
                              options.forge,
                              Visits(options.metrics, clock, log, options.access_log),
                              RateLimit(options.rate, clock), CallerCache(database, clock)}) {
    if (database.dialect() != Dialect::sqlite)
        context_->threads = std::make_unique<JobPool>(kThreads);
    if (options.embeddings != nullptr)
        context_->searches = std::make_unique<JobPool>(kSearchThreads);
    if (options.forge != nullptr) context_->git_reads = std::make_unique<JobPool>(kGitThreads);
}

Api::~Api() {
    if (context_->threads) context_->threads->stop();
    if (context_->searches) context_->searches->stop();
    if (context_->git_reads) context_->git_reads->stop();
}

HttpHandler Api::handler_for_tcp() const {
    return compressing([context = std::shared_ptr<const ApiContext>(context_)](HttpRequest request,
                                                                               HttpReply answered) {
        RouteMatch match = match_route(request.method, request.path);
        auto [visit, reply] = arrive(context, request, std::move(answered));
        const Route* route = match.route;
        serve(context, route,
              [context, visit = std::move(visit), reply = std::move(reply),
               match = std::move(match), request = std::move(request)]() mutable {
                  static const auto kNobody = std::make_shared<const Caller>();
                  std::shared_ptr<const Caller> caller = kNobody;
                  if (match.route == nullptr || match.route->access != Access::open) {
                      // A caller without a token does not learn which routes exist.
                      auto known = authenticate(*context, request);
                      if (!known) return reply(std::move(known.error()));
                      caller = *std::move(known);
                      visit->caller = caller->name;
                  }
                  if (match.route == nullptr) return reply(no_such_route(request, match.allow));
                  visit->route = match.route->pattern;
                  dispatch({context, std::move(caller), match.route, std::move(match.id),
                            std::move(match.name), std::move(request), std::move(reply)});
              });
    });
}

HttpHandler Api::handler_for(Caller caller) const {
    return compressing([context = std::shared_ptr<const ApiContext>(context_),
                        caller = std::make_shared<const Caller>(std::move(caller))](
                           HttpRequest request, HttpReply answered) {
        auto [visit, reply] = arrive(context, request, std::move(answered));
        visit->caller = caller->name;
        RouteMatch match = match_route(request.method, request.path);
        if (match.route == nullptr) return reply(no_such_route(request, match.allow));
        visit->route = match.route->pattern;
        const Route* route = match.route;
        serve(context, route,
              [context, caller, reply = std::move(reply), match = std::move(match),
               request = std::move(request)]() mutable {
                  dispatch({context, caller, match.route, std::move(match.id),
                            std::move(match.name), std::move(request), std::move(reply)});
              });
    });
}

}  // namespace control
