// Callers that write without pause and record the results they were given, and an audit that
// compares the records with the store: nothing acknowledged is lost, nothing refused is present,
// nothing is there twice.
#pragma once

#include "control/store/database.h"

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <thread>

namespace control {

[[nodiscard]] inline bool is_soak() {
    return std::getenv("ORCH_SOAK") != nullptr;
}

[[nodiscard]] inline std::uint32_t test_seed() {
    const char* given = std::getenv("ORCH_TEST_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                            : std::random_device{}();
}

class Ledger {
public:
    // Creates the ledger's tables, in any database of the port.
    [[nodiscard]] static Result<void> make_tables(Database& db);

    // Each caller writes to one of the databases until `stop`.
    Ledger(std::vector<Database*> daemons, int callers, std::uint32_t seed);
    ~Ledger();
    void stop();

    [[nodiscard]] std::int64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::int64_t refused() const { return refused_; }
    // The number of times that a transaction was run again.
    [[nodiscard]] std::int64_t reruns() const { return reruns_; }
    // Call it after stop(): the differences; empty if everything agrees.
    [[nodiscard]] std::string audit(Database& db);

private:
    void write(Database& db, int caller, std::uint32_t seed);

    std::atomic<bool> stopping_ = false;
    std::atomic<std::int64_t> acknowledged_ = 0;
    std::atomic<std::int64_t> refused_ = 0;
    std::atomic<std::int64_t> reruns_ = 0;
    std::mutex mutex_;
    std::map<std::string, Result<void>> books_;
    std::vector<std::jthread> callers_;
};

}  // namespace control
