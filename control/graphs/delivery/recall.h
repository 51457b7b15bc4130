// Finds answers that are in the streams and that the store has lost.
//
// A store that was restored from a backup waits for workers' answers that were read and
// acknowledged before: nobody sends these again. A pass looks for them: the first pass for
// everything that is waited for, later ones only for requests that are known to have had their
// output (names::answered). An answer that is found is passed to `handle` as if it had just been
// read; it may be passed twice.
//
// Failure: as of the store and the bus; the next pass starts again. An answer that was trimmed away
// is not found, and its thread waits until its own deadline. Thread: one at a time, except
// `interrupt()`.
#pragma once

#include "contracts/base/log.h"
#include "contracts/streams/entry.h"
#include "control/bus/bus.h"
#include "control/store/database.h"

#include <functional>
#include <set>

namespace control::graphs {

class Recall {
public:
    using Handle = std::function<contracts::Result<void>(const contracts::Entry&)>;

    // Borrows the database.
    Recall(Database& db, contracts::RedisAddress redis, Handle handle, contracts::Log log);

    // Returns how many answers were passed on.
    [[nodiscard]] contracts::Result<std::int64_t> run_once();
    void interrupt() { bus_.interrupt(); }

private:
    using Keys = std::set<std::string, std::less<>>;
    struct Awaited {
        Keys keys;                     // "output:<request_id>", "response:<request_id>"
        contracts::Timestamp since{};  // none of the answers is older
    };

    [[nodiscard]] contracts::Result<Awaited> awaited();
    // Keeps only the outputs of requests that are known to have had one.
    [[nodiscard]] contracts::Result<void> keep_answered(contracts::Connection& bus, Keys& keys);
    [[nodiscard]] contracts::Result<std::int64_t> search(contracts::Connection& bus,
                                                         std::string_view stream,
                                                         std::string_view kind,
                                                         const Awaited& awaited);

    Database& db_;
    Bus bus_;
    Handle handle_;
    contracts::Log log_;
    bool first_ = true;
    Keys sought_;  // searched for already, found or not
};

}  // namespace control::graphs
