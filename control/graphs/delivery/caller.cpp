#include "control/graphs/delivery/caller.h"

#include "contracts/base/backoff.h"
#include "contracts/base/id.h"

namespace control::graphs {

namespace {

constexpr int kTries = 3;
constexpr int kLookAhead = 16;

std::string_view kind_name(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::not_found:
            return "not_found";
        case ErrorKind::conflict:
            return "conflict";
        case ErrorKind::transient:
        case ErrorKind::upstream:
        case ErrorKind::timed_out:
            return "transient";
        default:
            return "permanent";
    }
}

Json result_body(const Result<Json>& value) {
    if (value) return Json{{"ok", true}, {"value", *value}};
    return Json{{"ok", false},
                {"kind", kind_name(value.error().kind)},
                {"error", value.error().describe()}};
}

}  // namespace

Caller::Caller(Database& db, Engine& engine, const Clock& clock, Log log, std::string instance,
               std::map<std::string, CallHandler> handlers)
    : db_(db),
      engine_(engine),
      clock_(clock),
      log_(std::move(log)),
      instance_(std::move(instance)),
      handlers_(std::move(handlers)) {}

Result<std::optional<OutboxEffect>> Caller::take() {
    const std::scoped_lock lock(mutex_);
    const int limit = kLookAhead + static_cast<int>(under_way_.size());
    Result<std::vector<OutboxEffect>> calls =
        threads::undelivered(db_, instance_, "call", clock_.now(), limit);
    if (!calls) return fail(std::move(calls.error()));
    for (OutboxEffect& call : *calls)
        if (under_way_.insert(call.key).second) return std::move(call);
    return std::nullopt;
}

Result<bool> Caller::run_once() {
    Result<std::optional<OutboxEffect>> call = take();
    if (!call) return fail(std::move(call.error()));
    if (!*call) return false;
    const OutboxEffect& effect = **call;
    const auto handler = handlers_.find(effect.target);
    Result<Json> value = fail(ErrorKind::fatal, "nothing answers to " + effect.target);
    if (handler != handlers_.end()) {
        Result<Json> arguments = contracts::parse_json(effect.body);
        value = arguments ? handler->second(*arguments) : std::move(arguments);
    }
    const Result<void> finished = finish(effect, std::move(value));
    const std::scoped_lock lock(mutex_);
    under_way_.erase(effect.key);
    if (!finished) return fail(Error(finished.error()));
    return true;
}

Result<void> Caller::finish(const OutboxEffect& effect, Result<Json> value) {
    using namespace std::chrono_literals;
    if (!value && contracts::is_retryable(value.error().kind) && effect.attempts + 1 < kTries) {
        log_.warning(
            "a call failed and is made again",
            {{"call", effect.target}, {"key", effect.key}, {"error", value.error().describe()}});
        const auto wait =
            contracts::Backoff(1s * (1 << effect.attempts), 8s).next(contracts::random_number());
        const Timestamp next = clock_.now() + wait;
        return db_.transaction([&](Transaction& tx) {
            return threads::postpone(tx, effect.key, effect.attempts + 1, next);
        });
    }
    const Event event{std::string(kCalled), effect.key, result_body(value)};
    return db_.transaction([&](Transaction& tx) -> Result<void> {
        Result<bool> ours = threads::erase_effect(tx, effect.key);
        if (!ours) return fail(std::move(ours.error()));
        if (!*ours) return {};
        Result<Delivery> delivered = engine_.deliver(tx, event);
        if (!delivered) return fail(std::move(delivered.error()));
        return {};
    });
}

}  // namespace control::graphs
