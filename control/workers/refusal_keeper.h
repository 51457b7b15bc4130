// Writes refused connections of workers to the store, in batches. What a killed daemon had not
// written yet is lost; its log has it. Thread: `note` from any thread, without waiting for the
// store; the writing happens on a thread of its own.
#pragma once

#include "contracts/base/clock.h"
#include "control/gate/setting.h"
#include "control/jobs/loop.h"
#include "control/store/database.h"

#include <map>
#include <mutex>
#include <tuple>

namespace control {

class RefusalKeeper {
public:
    // Borrows `database` and `clock`.
    RefusalKeeper(Database& database, const contracts::Clock& clock, contracts::Log log);

    void start() { loop_.start(); }
    // Writes what is left.
    void stop();
    [[nodiscard]] contracts::Result<void> health() const { return loop_.health(); }

    void note(const RefusedConnection& refused);

private:
    using Place = std::tuple<std::string, std::string, std::uint16_t>;  // worker, host, port
    struct Noted {
        std::string reason;
        std::int64_t count = 0;
        contracts::Timestamp first{};
        contracts::Timestamp last{};
    };
    using Batch = std::map<Place, Noted>;

    [[nodiscard]] contracts::Result<std::chrono::milliseconds> pass();
    [[nodiscard]] contracts::Result<void> write(const Batch& batch);
    void put_back(const Batch& batch);

    Database& database_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    std::mutex guard_;
    Batch pending_;
    bool rests_ = false;  // until it is woken
    Wake wake_;
    Loop loop_;
};

}  // namespace control
