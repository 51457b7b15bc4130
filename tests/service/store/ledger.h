// Callers that write without pause and keep books of what they were told, and the audit that
// compares the books with what is stored: nothing acknowledged is lost, nothing refused is there,
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
    // The tables of the books, in any database of the port.
    [[nodiscard]] static Result<void> make_tables(Database& db);

    // Each caller writes on one of the databases until `stop`.
    Ledger(std::vector<Database*> daemons, int callers, std::uint32_t seed);
    ~Ledger();
    void stop();

    [[nodiscard]] std::int64_t acknowledged() const { return acknowledged_; }
    [[nodiscard]] std::int64_t refused() const { return refused_; }
    // How often a transaction was run beyond its first time.
    [[nodiscard]] std::int64_t reruns() const { return reruns_; }
    // After stop(): what does not agree, empty when all does.
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
