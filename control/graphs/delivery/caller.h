// Makes the outbox's calls: functions of the daemon that take time (the forge's), whose result goes
// back to the thread as the event "called:<effect key>", in the transaction that takes the call out
// of the outbox. A call that fails for a passing reason is made three times; whatever comes of it
// then is the result. A call may be made again after a crash: what is called must not mind. Thread:
// `run_once` from as many threads as calls may be under way.
#pragma once

#include "control/graphs/engine/engine.h"

#include <mutex>
#include <set>

namespace control::graphs {

// The value becomes the event's body {"ok":true,"value":…}; an Error {"ok":false,"kind","error"}.
using CallHandler = std::function<Result<Json>(const Json& arguments)>;

class Caller {
public:
    Caller(Database& db, Engine& engine, const Clock& clock, Log log, std::string instance,
           std::map<std::string, CallHandler> handlers);

    // At most one call. False: none is due.
    [[nodiscard]] Result<bool> run_once();

private:
    [[nodiscard]] Result<std::optional<OutboxEffect>> take();
    [[nodiscard]] Result<void> finish(const OutboxEffect& effect, Result<Json> value);

    Database& db_;
    Engine& engine_;
    const Clock& clock_;
    Log log_;
    std::string instance_;
    std::map<std::string, CallHandler> handlers_;
    std::mutex mutex_;
    std::set<std::string> under_way_;
};

}  // namespace control::graphs
