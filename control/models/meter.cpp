#include "control/models/meter.h"

#include "contracts/base/id.h"
#include "control/models/reservation.h"
#include "control/store/daemons.h"

#include <algorithm>
#include <set>

namespace control {

using contracts::Instant;
using contracts::Timestamp;

namespace {

// How often to look for calls that other daemons have lost.
constexpr std::chrono::seconds kIdle{15};
// The longest possible answer: a call of another daemon that is open for longer has lost its
// daemon.
constexpr std::chrono::hours kLongestCall{2};
constexpr int kLostAtOnce = 500;
constexpr std::size_t kMostPrices = 2'000;

std::string name_of_caller(const ModelCaller& caller) {
    std::string name = caller.task_id;
    return name.append(1, '\0').append(caller.project_id).append(1, '\0').append(caller.user_id);
}

Result<PriceList> load_prices(Queries& db) {
    Result<Rows> found = db.query(
        "SELECT name, input_price, output_price, context_window FROM available_models "
        "ORDER BY created_at DESC, id DESC LIMIT $1",
        {static_cast<std::int64_t>(kMostPrices)});
    if (!found) return found.fault();
    const auto price = [](const Row& row, std::size_t column) -> std::optional<double> {
        if (row.is_null(column)) return std::nullopt;
        char* end = nullptr;
        const std::string& text = row.text(column);
        const double value = std::strtod(text.c_str(), &end);
        return end == text.c_str() ? std::nullopt : std::optional<double>(value);
    };
    std::vector<ModelPrice> models;
    for (const Row& row : found->rows)
        models.push_back({.name = row.text(0),
                          .input = price(row, 1),
                          .output = price(row, 2),
                          .context_window = row.integer(3)});
    return PriceList(std::move(models));
}

}  // namespace

// The caps for one caller, as of the last look-up.
struct Meter::Caps {
    std::vector<Budget> budgets;
    std::vector<std::string> models;
    Instant looked_up{};
};

// What to write and look up in one transaction.
struct Meter::Batch {
    std::vector<BegunCall> begun;
    std::vector<EndedCall> ended;
    HeldCalls held;                              // those of `begun` that the store has to admit
    std::map<std::string, ModelCaller> stopped;  // by task
    std::set<std::string> going_on;              // tasks
    std::map<std::string, ModelCaller> wanted;

    [[nodiscard]] std::size_t size() const { return begun.size() + ended.size(); }
    [[nodiscard]] bool is_empty() const {
        return size() == 0 && stopped.empty() && going_on.empty() && wanted.empty();
    }
};

struct Meter::State {
    struct Waiter {
        MeteredCall call;
        std::function<void(Admission)> done;
    };
    struct UnderWay {
        MeteredCall call;
        std::string day;
        Nanodollars reserved = 0;
        bool has_ended = false;  // and the end is not written yet
    };
    // An admission that is told once the store has the reservation.
    struct Reserving {
        Admission admission;
        std::function<void(Admission)> done;
    };
    // The results of a transaction.
    struct Found {
        std::map<std::string, Admission> refused;  // of the held calls, by id
        std::map<SpendingKey, Spent> sums;
        std::map<std::string, Caps> caps;
        std::optional<PriceList> prices;
    };
    using Calls = std::vector<std::function<void()>>;

    explicit State(MeterNeeds whole) : needs(std::move(whole)) {}

    MeterNeeds needs;
    const std::string life = contracts::make_uuid4();
    std::mutex guard;
    std::condition_variable written;
    bool is_stopping = false;
    bool is_writing = false;
    Instant looked_for_lost{};
    PriceList prices;
    std::map<std::string, Caps> callers;
    std::map<SpendingKey, Spent> stored;     // for what has a cap
    std::map<SpendingKey, Spent> unwritten;  // to be added to what is stored
    Batch next;
    std::deque<Waiter> waiters;
    std::map<std::string, Reserving> reserving;
    std::map<std::string, UnderWay> under_way;
    MeterTotals totals;
    Wake wake;
    std::optional<Loop> loop;

    std::optional<Admission> decide(const MeteredCall& call);
    void note(const Admission& admission);
    Admission let_through(const MeteredCall& call, Nanodollars most, Timestamp now);
    void want(const MeteredCall& call);
    void stop_task(const ModelCaller& caller);
    void count(const MeteredCall& call, const std::string& day, const Spent& more);
    void uncount(const Batch& batch);
    std::optional<Admission> hold_against(const MeteredCall& call, const Budget& budget,
                                          Nanodollars most, const std::string& day,
                                          std::optional<Nanodollars>& left);
    Result<void> write(const Batch& batch, Found& found);
    Result<void> look_up(Queries& db, const Batch& batch, Found& found);
    Result<void> end_lost();
    void take(const Batch& batch, Found& found);
    void put_back(Batch&& batch);
    void give_up_reservations(Batch& batch);
    bool is_told(Admission& admission, std::function<void(Admission)>& done);
    void answer_reserving(Found& found, const Batch& batch, bool store_works, Calls& calls);
    void answer_waiters(bool store_works, Calls& calls);
};

// Adds to the sums that are not written yet.
void Meter::State::count(const MeteredCall& call, const std::string& day, const Spent& more) {
    for (const SpendingKey& key : model_calls::keys_of(call.caller, call.facts.model, day)) {
        Spent& sum = unwritten[key];
        sum.cost += more.cost;
        sum.reserved += more.reserved;
        if (sum == Spent{}) unwritten.erase(key);
    }
}

void Meter::State::want(const MeteredCall& call) {
    next.wanted.emplace(name_of_caller(call.caller), call.caller);
    wake.notify();
}

std::optional<Admission> Meter::State::hold_against(const MeteredCall& call, const Budget& budget,
                                                    Nanodollars most, const std::string& day,
                                                    std::optional<Nanodollars>& left) {
    const SpendingKey key = budget.key(day);
    const auto known = stored.find(key);
    if (known == stored.end()) return Admission{};  // another day has begun: look it up again
    Spent spent = known->second;
    if (const auto more = unwritten.find(key); more != unwritten.end()) {
        spent.cost += more->second.cost;
        spent.reserved += more->second.reserved;
    }
    std::optional<Admission> refused = refused_by(budget, spent, most);
    if (refused && refused->verdict == Verdict::budget_reached) stop_task(call.caller);
    if (refused) return refused;
    const Nanodollars rest =
        std::max<Nanodollars>(budget.cap - spent.cost - spent.reserved - most, 0);
    left = left ? std::min(*left, rest) : rest;
    return std::nullopt;
}

void Meter::State::stop_task(const ModelCaller& caller) {
    if (caller.task_id.empty()) return;
    next.stopped.emplace(caller.task_id, caller);
    next.going_on.erase(caller.task_id);
    wake.notify();
}

// Empty: it must be looked up first.
std::optional<Admission> Meter::State::decide(const MeteredCall& call) {
    if (next.size() > kMaxUnwritten)
        return Admission{.reason = "what calls cost cannot be written down now"};
    const Instant instant = needs.clock.instant();
    const auto known = callers.find(name_of_caller(call.caller));
    if (known == callers.end() || instant - known->second.looked_up > kStale) {
        want(call);
        return std::nullopt;
    }
    if (instant - known->second.looked_up > kFresh) want(call);
    const Caps& caps = known->second;
    const bool is_allowed =
        caps.models.empty() ||
        std::any_of(caps.models.begin(), caps.models.end(), [&](const std::string& listed) {
            return is_same_model(listed, call.facts.model);
        });
    if (!is_allowed)
        return Admission{.verdict = Verdict::model_forbidden,
                         .reason = "this project may not use the model " + call.facts.model};
    const Timestamp now = needs.clock.now();
    const std::string day = day_of(now);
    const Nanodollars most = most_cost(call.facts, prices.find(call.facts.model), call.provider);
    std::optional<Nanodollars> left;
    for (const Budget& budget : caps.budgets) {
        std::optional<Admission> refused = hold_against(call, budget, most, day, left);
        if (!refused) continue;
        if (refused->verdict != Verdict::unavailable) return refused;
        want(call);
        return std::nullopt;
    }
    Admission admission = let_through(call, most, now);
    admission.left = left;
    if (!caps.budgets.empty()) next.held.emplace(admission.id, caps.budgets);
    return admission;
}

Admission Meter::State::let_through(const MeteredCall& call, Nanodollars most, Timestamp now) {
    Admission admission{.verdict = Verdict::admitted, .id = contracts::make_uuid7(now)};
    const std::string day = day_of(now);
    next.begun.push_back({.id = admission.id,
                          .daemon = needs.daemon,
                          .life = life,
                          .caller = call.caller,
                          .api = std::string(name_of(call.api)),
                          .model = call.facts.model,
                          .began_at = now,
                          .reserved = most});
    if (!call.caller.task_id.empty()) {
        next.stopped.erase(call.caller.task_id);
        next.going_on.insert(call.caller.task_id);
    }
    count(call, day, {0, most});
    under_way.emplace(admission.id, UnderWay{call, day, most});
    wake.notify();
    return admission;
}

Result<void> Meter::State::look_up(Queries& db, const Batch& batch, Found& found) {
    const std::string day = day_of(needs.clock.now());
    for (const auto& [name, caller] : batch.wanted) {
        Result<std::vector<Budget>> budgets = budgets::of(db, caller);
        if (!budgets) return budgets.fault();
        for (const Budget& budget : *budgets) {
            const SpendingKey key = budget.key(day);
            if (found.sums.contains(key)) continue;
            Result<Spent> spent = model_spending::find(db, key);
            if (!spent) return spent.fault();
            found.sums[key] = *spent;
        }
        Result<std::vector<std::string>> models = budgets::models_of(db, caller.project_id);
        if (!models) return models.fault();
        found.caps[name] = {*std::move(budgets), *std::move(models), {}};
    }
    if (batch.wanted.empty()) return {};
    Result<PriceList> prices = load_prices(db);
    if (!prices) return prices.fault();
    found.prices = *std::move(prices);
    return {};
}

Result<void> Meter::State::write(const Batch& batch, Found& found) {
    return needs.database.transaction([&](Transaction& tx) -> Result<void> {
        found = {};
        auto sums = model_calls::record(tx, batch.begun, batch.ended);
        if (!sums) return sums.fault();
        found.sums = *std::move(sums);
        auto refused = reserve(tx, batch.begun, batch.held, found.sums);
        if (!refused) return refused.fault();
        found.refused = *std::move(refused);
        for (const auto& [task, caller] : batch.stopped)
            if (auto done = budgets::stop_task(tx, caller, needs.clock.now()); !done) return done;
        for (const std::string& task : batch.going_on)
            if (auto done = budgets::forget_stop(tx, task); !done) return done;
        return look_up(tx, batch, found);
    });
}

void Meter::State::uncount(const Batch& batch) {
    const auto subtract = [&](const std::string& id, const Spent& less) {
        const auto call = under_way.find(id);
        if (call != under_way.end()) count(call->second.call, call->second.day, less);
    };
    for (const BegunCall& call : batch.begun)
        subtract(call.id, {0, -call.reserved});
    for (const EndedCall& call : batch.ended) {
        const auto known = under_way.find(call.id);
        if (known == under_way.end()) continue;
        subtract(call.id, {-call.cost, known->second.reserved});
        under_way.erase(known);
    }
}

void Meter::State::take(const Batch& batch, Found& found) {
    uncount(batch);
    if (callers.size() > kMaxCallersKnown) {
        callers.clear();
        stored.clear();
    }
    for (const auto& [key, sum] : found.sums)
        if (const auto known = stored.find(key); known != stored.end()) known->second = sum;
    for (auto& [name, caps] : found.caps) {
        caps.looked_up = needs.clock.instant();
        for (const Budget& budget : caps.budgets) {
            const SpendingKey key = budget.key(day_of(needs.clock.now()));
            if (const auto sum = found.sums.find(key); sum != found.sums.end())
                stored[key] = sum->second;
        }
        callers[name] = std::move(caps);
    }
    if (found.prices) prices = *std::move(found.prices);
}

void Meter::State::note(const Admission& admission) {
    switch (admission.verdict) {
        case Verdict::admitted:
            return;
        case Verdict::budget_reached:
            ++totals.budget_reached;
            return;
        case Verdict::budget_held:
            ++totals.budget_held;
            return;
        case Verdict::model_forbidden:
            ++totals.model_forbidden;
            return;
        case Verdict::unavailable:
            ++totals.unavailable;
            return;
    }
}

// Calls that the store should have admitted are not sent. Nobody knows whether the transaction that
// failed was written: if it was, their ends cost nothing.
void Meter::State::give_up_reservations(Batch& batch) {
    const Timestamp now = needs.clock.now();
    std::erase_if(batch.begun, [&](const BegunCall& call) {
        if (!batch.held.contains(call.id)) return false;
        const auto known = under_way.find(call.id);
        count(known->second.call, known->second.day, {0, -call.reserved});
        under_way.erase(known);
        batch.ended.push_back({.id = call.id, .ended_at = now, .remarks = "unsent"});
        return true;
    });
    batch.held.clear();
}

// Entries that arrived in the meantime follow it.
void Meter::State::put_back(Batch&& batch) {
    give_up_reservations(batch);
    batch.begun.insert(batch.begun.end(), next.begun.begin(), next.begun.end());
    batch.ended.insert(batch.ended.end(), next.ended.begin(), next.ended.end());
    for (const auto& [task, caller] : next.stopped)
        batch.going_on.erase(task);
    for (const std::string& task : next.going_on)
        batch.stopped.erase(task);
    batch.stopped.merge(next.stopped);
    batch.going_on.merge(next.going_on);
    batch.wanted = std::move(next.wanted);
    batch.held = std::move(next.held);
    next = std::move(batch);
}

// Whether to tell it now. Otherwise it is told when the store has the reservation.
bool Meter::State::is_told(Admission& admission, std::function<void(Admission)>& done) {
    if (!next.held.contains(admission.id)) return true;
    const std::string id = admission.id;
    reserving.emplace(id, Reserving{std::move(admission), std::move(done)});
    return false;
}

void Meter::State::answer_reserving(Found& found, const Batch& batch, bool store_works,
                                    Calls& calls) {
    for (const auto& [id, caps] : batch.held) {
        auto held = reserving.extract(id);
        Admission told = std::move(held.mapped().admission);
        if (!store_works) told = Admission{.reason = "the store does not answer"};
        if (const auto refusal = found.refused.find(id); refusal != found.refused.end()) {
            told = std::move(refusal->second);
            const auto known = under_way.find(id);
            if (told.verdict == Verdict::budget_reached) stop_task(known->second.call.caller);
            under_way.erase(known);
        }
        note(told);
        calls.emplace_back([done = std::move(held.mapped().done),
                            told = std::move(told)]() mutable { done(std::move(told)); });
    }
}

void Meter::State::answer_waiters(bool store_works, Calls& calls) {
    std::deque<Waiter> waiting = std::exchange(waiters, {});
    for (Waiter& waiter : waiting) {
        std::optional<Admission> admission;
        if (store_works && !is_stopping) admission = decide(waiter.call);
        if (store_works && !is_stopping && !admission) {
            waiters.push_back(std::move(waiter));
            continue;
        }
        if (!admission) admission = Admission{.reason = "the store does not answer"};
        if (!is_told(*admission, waiter.done)) continue;
        note(*admission);
        calls.emplace_back([done = std::move(waiter.done), told = *std::move(admission)]() mutable {
            done(std::move(told));
        });
    }
}

// In a pass of its own, before and beside the others.
Result<void> Meter::State::end_lost() {
    const Instant instant = needs.clock.instant();
    if (looked_for_lost != Instant{} && instant - looked_for_lost < kIdle) return {};
    const Timestamp now = needs.clock.now();
    const model_calls::LostCalls which{.daemon = needs.daemon,
                                       .life = life,
                                       .cutoff = now - kLongestCall,
                                       .silent_since = now - daemons::kSilence,
                                       .limit = kLostAtOnce};
    const Result<bool> any = model_calls::has_lost(needs.database, which);
    if (!any) return any.fault();
    if (!*any) {
        looked_for_lost = instant;
        return {};
    }
    std::int64_t ended = 0;
    Result<void> done = needs.database.transaction([&](Transaction& tx) -> Result<void> {
        Result<std::int64_t> lost = model_calls::end_lost(tx, which, now);
        if (!lost) return lost.fault();
        ended = *lost;
        return {};
    });
    if (done && ended < kLostAtOnce) looked_for_lost = instant;
    if (done && ended > 0)
        needs.log.warning("model calls that a daemon left open count as what they could cost",
                          {{"calls", ended}});
    return done;
}

Meter::Meter(MeterNeeds needs) : state_(std::make_unique<State>(std::move(needs))) {
    state_->loop.emplace("model_meter", [this] { return pass(); }, state_->wake, state_->needs.log);
    state_->loop->start();
}

void Meter::stop() {
    {
        const std::scoped_lock lock(state_->guard);
        state_->is_stopping = true;
    }
    state_->loop->stop();
}

Meter::~Meter() {
    stop();
    if (!pass())
        state_->needs.log.error("what the last model calls cost could not be written down", {});
}

Result<std::chrono::milliseconds> Meter::pass() {
    State& state = *state_;
    Batch batch;
    {
        const std::scoped_lock lock(state.guard);
        batch = std::exchange(state.next, {});
        state.is_writing = true;
    }
    Result<void> done{};
    State::Found found;
    if (!batch.is_empty()) done = state.write(batch, found);
    State::Calls calls;
    {
        const std::scoped_lock lock(state.guard);
        if (done) state.take(batch, found);
        state.answer_reserving(found, batch, done.has_value(), calls);
        if (!done) state.put_back(std::move(batch));
        state.is_writing = false;
        state.answer_waiters(done.has_value(), calls);
    }
    for (const auto& call : calls)
        call();
    state.written.notify_all();
    if (done) done = state.end_lost();
    if (!done) return done.fault();
    const std::scoped_lock lock(state.guard);
    return state.next.is_empty() ? std::chrono::milliseconds(kIdle) : std::chrono::milliseconds(0);
}

void Meter::admit(MeteredCall call, std::function<void(Admission)> done) {
    std::optional<Admission> admission;
    {
        const std::scoped_lock lock(state_->guard);
        if (state_->is_stopping)
            admission = Admission{.reason = "the daemon stops"};
        else if (admission = state_->decide(call); !admission)
            state_->waiters.push_back({std::move(call), std::move(done)});
        else if (!state_->is_told(*admission, done))
            return;
    }
    if (!admission) return;
    state_->note(*admission);
    done(*std::move(admission));
}

void Meter::end(const std::string& id, const CallOutcome& outcome) {
    State& state = *state_;
    const std::scoped_lock lock(state.guard);
    const auto call = state.under_way.find(id);
    if (call == state.under_way.end() || std::exchange(call->second.has_ended, true)) return;
    const MeteredCall& metered = call->second.call;
    CallCost cost = cost_of_call(outcome, metered.facts, state.prices, metered.provider);
    state.count(metered, call->second.day, {cost.cost, -call->second.reserved});
    ++state.totals.calls;
    state.totals.estimated += cost.is_estimated ? 1 : 0;
    state.totals.input += cost.tokens.input;
    state.totals.cache_read += cost.tokens.cache_read;
    state.totals.cache_write += cost.tokens.cache_write;
    state.totals.output += cost.tokens.output;
    state.totals.cost += cost.cost;
    state.next.ended.push_back({.id = id,
                                .ended_at = state.needs.clock.now(),
                                .status = outcome.status,
                                .tokens = cost.tokens,
                                .cost = cost.cost,
                                .remarks = std::move(cost.remarks),
                                .is_estimated = cost.is_estimated});
    state.wake.notify();
}

const MeterTotals& Meter::totals() const {
    return state_->totals;
}

std::size_t Meter::calls_under_way() const {
    const std::scoped_lock lock(state_->guard);
    return state_->under_way.size();
}

bool Meter::wait_until_written(std::chrono::milliseconds patience) {
    State& state = *state_;
    std::unique_lock lock(state.guard);
    state.wake.notify();
    return state.written.wait_for(lock, patience,
                                  [&] { return !state.is_writing && state.next.is_empty(); });
}

}  // namespace control
