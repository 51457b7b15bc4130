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
        case ErrorKind::invalid:
            return "invalid";
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

Caller::Caller(Database& db, Engine& engine, const Clock& clock, Log log, CallerSettings settings,
               CallHandlers handlers)
    : db_(db),
      engine_(engine),
      clock_(clock),
      log_(std::move(log)),
      settings_(std::move(settings)),
      handlers_(std::move(handlers)) {}

Result<std::optional<OutboxEffect>> Caller::take() {
    const std::scoped_lock lock(mutex_);
    const int limit = kLookAhead + static_cast<int>(under_way_.size());
    Result<std::vector<OutboxEffect>> calls =
        threads::due_calls(db_, settings_.instance, settings_.calls.prefixes, clock_.now(), limit);
    if (!calls) return calls.fault();
    for (OutboxEffect& call : *calls) {
        if (under_way_.contains(call.key)) continue;
        Result<bool> ours = lease(call);
        if (!ours) return ours.fault();
        if (!*ours) continue;
        under_way_.insert(call.key);
        return std::move(call);
    }
    return std::nullopt;
}

// A lease that lasts until the next `keep_leases` does not need a transaction of its own.
Result<bool> Caller::lease(const OutboxEffect& call) {
    const Timestamp now = clock_.now();
    if (call.owner == settings_.instance && call.lease_until > now + settings_.lease / 2)
        return true;
    bool ours = false;
    const auto claim = [&](Transaction& tx) -> Result<void> {
        Result<bool> leased =
            threads::lease_call(tx, call.key, settings_.instance, now, now + settings_.lease);
        if (!leased) return leased.fault();
        ours = *leased;
        return {};
    };
    if (Result<void> done = db_.transaction(claim); !done) return done.fault();
    return ours;
}

Result<void> Caller::keep_leases() {
    std::vector<std::string> keys;
    {
        const std::scoped_lock lock(mutex_);
        keys.assign(under_way_.begin(), under_way_.end());
    }
    if (keys.empty()) return {};
    const Timestamp now = clock_.now();
    return db_.transaction([&](Transaction& tx) -> Result<void> {
        for (const std::string& key : keys)
            if (Result<bool> kept =
                    threads::lease_call(tx, key, settings_.instance, now, now + settings_.lease);
                !kept)
                return kept.fault();
        return {};
    });
}

Result<bool> Caller::run_once() {
    Result<std::optional<OutboxEffect>> call = take();
    if (!call) return call.fault();
    if (!*call) return false;
    const OutboxEffect& effect = **call;
    const auto handler = handlers_.find(effect.target);
    Result<Json> value =
        fail(ErrorKind::fatal, "no module of this daemon implements the call " + effect.target);
    if (handler != handlers_.end() && handler->second) {
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
            "a call failed and will be repeated",
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
        if (!ours) return ours.fault();
        if (!*ours) return {};
        Result<Delivery> delivered = engine_.deliver(tx, event);
        if (!delivered) return delivered.fault();
        return {};
    });
}

}  // namespace control::graphs
