#include "control/graphs/graphs.h"

#include "contracts/base/backoff.h"
#include "contracts/base/id.h"
#include "contracts/streams/names.h"
#include "control/jobs/pause.h"

namespace control::graphs {

using namespace std::chrono_literals;

namespace {

// Other daemons' writes are not announced, so the store is read this often.
constexpr std::chrono::milliseconds kLookAgain{1'000};
// A daemon that only makes calls looks for them this often, because a graph waits for each.
constexpr std::chrono::milliseconds kLookForCalls{100};

EngineSettings engine_settings(const GraphsSettings& settings) {
    EngineSettings engine;
    engine.instance = settings.instance;
    engine.lease = settings.lease;
    engine.calls = settings.calls;
    return engine;
}

CallerSettings caller_settings(const GraphsSettings& settings) {
    return {.instance = settings.instance, .lease = settings.lease, .calls = settings.calls};
}

std::vector<Program> programs_of(const std::vector<Module>& modules) {
    std::vector<Program> programs;
    for (const Module& module : modules)
        programs.push_back({.graph = module.graph, .writers = module.writers});
    return programs;
}

// If modules share a call, any of their functions may be used, except an empty one.
CallHandlers calls_of(const std::vector<Module>& modules) {
    CallHandlers calls;
    for (const Module& module : modules)
        for (const auto& [name, handler] : module.calls)
            if (CallHandler& known = calls[name]; !known) known = handler;
    return calls;
}

contracts::ConsumerSettings consumer_settings(std::string group, std::vector<std::string> streams,
                                              std::string_view daemon) {
    contracts::ConsumerSettings consumer;
    consumer.streams = std::move(streams);
    consumer.name = contracts::names::consumer_name(group, daemon);
    consumer.service = group;
    consumer.group = std::move(group);
    // An entry takes milliseconds, so an entry of a dead daemon soon goes to another. Entries that
    // this daemon held before it was killed come first, under its name.
    consumer.claim_after = 15s;
    consumer.sweep_every = 5s;
    return consumer;
}

}  // namespace

Graphs::Graphs(GraphsPorts ports, GraphsSettings settings, std::vector<Module> modules)
    : db_(ports.database),
      redis_(std::move(ports.redis)),
      clock_(ports.clock, "threads"),
      log_(std::move(ports.log)),
      settings_(std::move(settings)),
      modules_(std::move(modules)),
      engine_(clock_, log_, engine_settings(settings_), programs_of(modules_)),
      bus_(make_redis_effect_bus(redis_)),
      publisher_(db_, *bus_, clock_, log_, settings_.instance, settings_.lease),
      caller_(db_, engine_, clock_, log_, caller_settings(settings_), calls_of(modules_)),
      intake_(db_, engine_, modules_, clock_, log_),
      task_sweep_(
          db_, redis_, modules_,
          [this](const Module& module, const contracts::Entry& message) {
              return intake_.open(module, message);
          },
          clock_, log_),
      recall_(
          db_, redis_, [this](const contracts::Entry& entry) { return intake_.handle(entry); },
          log_) {
    if (settings_.moves_threads) make_readers();
    make_loops();
    if (ports.commands != nullptr)
        listener_.emplace(*ports.commands, [this] { command_wake_.notify(); });
}

void Graphs::make_readers() {
    for (auto& [group, streams] : intake_.streams())
        readers_.push_back(std::make_unique<StreamReader>(
            redis_, consumer_settings(group, streams, settings_.instance),
            [this](const contracts::Entry& entry) { return take_in(entry); }, clock_, log_));
}

void Graphs::make_loops() {
    const auto loop = [this](std::string name, Rest (Graphs::*pass)(), Wake& wake) {
        loops_.push_back(std::make_unique<Loop>(
            std::move(name), [this, pass] { return (this->*pass)(); }, wake, log_));
    };
    loop("publisher", &Graphs::publish, publish_wake_);
    loop("call leases", &Graphs::keep_leases, lease_wake_);
    for (int i = 0; i < settings_.calls_at_once; ++i)
        loop("calls", &Graphs::make_call, call_wake_);
    if (!settings_.moves_threads) return;
    loop("timers", &Graphs::fire_timers, timer_wake_);
    loop("sweep", &Graphs::sweep, sweep_wake_);
    loop("commands", &Graphs::obey, command_wake_);
}

Graphs::~Graphs() {
    stop();
}

Result<void> Graphs::start() {
    if (Result<void> sound = check(modules_); !sound) return sound;
    if (Result<void> sound = check_calls(); !sound) return sound;
    if (Result<void> followed = follow_clock(); !followed) return followed;
    if (Result<void> recovered = recover(); !recovered) return recovered;
    for (const std::unique_ptr<Loop>& loop : loops_)
        loop->start();
    for (const std::unique_ptr<StreamReader>& reader : readers_)
        reader->start();
    return {};
}

Result<void> Graphs::check_calls() const {
    for (const auto& [name, handler] : calls_of(modules_))
        if (!handler && settings_.calls.takes(name))
            return fail(ErrorKind::fatal,
                        "this daemon makes the call " + name + ", and there is no function for it");
    return {};
}

Result<void> Graphs::recover() {
    std::int64_t released = 0;
    const auto recover = [&](Transaction& tx) -> Result<void> {
        Result<std::int64_t> held = engine_.recover(tx);
        if (!held) return held.fault();
        released = *held;
        return settings_.moves_threads ? engine_.show_graphs(tx) : Result<void>();
    };
    if (Result<void> recovered = db_.transaction(recover); !recovered) return recovered;
    if (released > 0) log_.info("threads of an earlier run continue", {{"threads", released}});
    return {};
}

void Graphs::stop() {
    stopping_.request_stop();
    for (const std::unique_ptr<StreamReader>& reader : readers_)
        reader->stop();
    bus_->interrupt();
    task_sweep_.interrupt();
    recall_.interrupt();
    for (const std::unique_ptr<Loop>& loop : loops_)
        loop->stop();
}

Result<void> Graphs::health() const {
    for (const std::unique_ptr<Loop>& loop : loops_)
        if (Result<void> state = loop->health(); !state) return state;
    for (const std::unique_ptr<StreamReader>& reader : readers_)
        if (Result<void> state = reader->health(); !state) return state;
    return {};
}

std::vector<std::string> Graphs::streams() const {
    std::vector<std::string> all;
    if (!settings_.moves_threads) return all;
    for (auto& [group, streams] : intake_.streams())
        all.insert(all.end(), streams.begin(), streams.end());
    return all;
}

// Waits for a store that is unavailable, because that is not the entry's fault.
Result<void> Graphs::take_in(const contracts::Entry& entry) {
    contracts::Backoff backoff(100ms, 5s);
    while (true) {
        Result<void> handled = intake_.handle(entry);
        wake_all();
        if (handled || !contracts::is_retryable(handled.error().kind)) return handled;
        log_.warning("an entry waits for the store",
                     {{"entry", entry.id}, {"error", handled.error().describe()}});
        if (!pause(backoff.next(contracts::random_number()), stopping_.get_token())) return handled;
    }
}

void Graphs::wake_all() {
    publish_wake_.notify();
    call_wake_.notify();
    timer_wake_.notify();
}

Graphs::Rest Graphs::publish() {
    Result<std::int64_t> published = publisher_.run_once();
    if (!published) return published.fault();
    return *published > 0 ? 0ms : kLookAgain;
}

Graphs::Rest Graphs::make_call() {
    Result<bool> called = caller_.run_once();
    if (!called) return called.fault();
    if (*called) wake_all();
    if (*called) return 0ms;
    return settings_.moves_threads ? kLookAgain : kLookForCalls;
}

// A thread waits for a duration, not for a time of day: the running worker whose output it waits
// for is not lost because the clock was set.
Result<void> Graphs::follow_clock() {
    return clock_.settle(db_, [this](Transaction& tx, std::chrono::milliseconds step) {
        log_.warning("the wall clock has stepped", {{"milliseconds", step.count()}});
        return threads::shift_times(tx, step);
    });
}

Graphs::Rest Graphs::keep_leases() {
    if (Result<void> kept = caller_.keep_leases(); !kept) return kept.fault();
    return settings_.lease / 4;
}

Graphs::Rest Graphs::fire_timers() {
    if (Result<void> followed = follow_clock(); !followed) return followed.fault();
    Result<std::int64_t> steps = engine_.run_due(db_);
    if (!steps) return steps.fault();
    if (*steps > 0) {
        publish_wake_.notify();
        call_wake_.notify();
        return 0ms;
    }
    Result<std::optional<Timestamp>> next = threads::next_due(db_);
    if (!next) return next.fault();
    if (!*next) return kLookAgain;
    return std::clamp<std::chrono::milliseconds>(**next - clock_.now(), 1ms, kLookAgain);
}

Graphs::Rest Graphs::obey() {
    Result<std::int64_t> obeyed = intake_.obey_rows();
    if (!obeyed) return obeyed.fault();
    Result<std::int64_t> heard = intake_.hear_forge();
    if (!heard) return heard.fault();
    if (*obeyed + *heard > 0) wake_all();
    return kLookAgain;
}

Graphs::Rest Graphs::sweep() {
    Result<std::int64_t> moved = intake_.sweep();
    if (!moved) return moved.fault();
    if (*moved > 0) wake_all();
    moved = recall_.run_once();
    if (!moved) return moved.fault();
    if (*moved > 0) wake_all();
    moved = task_sweep_.run_once(settings_.queued_for);
    if (!moved) return moved.fault();
    if (*moved > 0) wake_all();
    return settings_.sweep_every;
}

}  // namespace control::graphs
