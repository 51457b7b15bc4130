// A simulated implementation of the Runtime port: instances are records, and a seed decides on the
// faults. The result of a call depends only on the seed, the worker and the number of times that
// this call was made for it.
#pragma once

#include "control/runtime/runtime.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace workers_tests {

// splitmix64 gives the same numbers on every platform.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
    std::uint64_t roll() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t bound) { return roll() % bound; }

private:
    std::uint64_t state_;
};

// The daemon is killed at this point: nothing that it would have done next happens.
struct DaemonDied {};

class SimulatedEngine final : public control::Runtime {
public:
    explicit SimulatedEngine(std::uint64_t seed) : seed_(seed), dice_(seed ^ 0x5EED) {}

    // A worker's faults follow from its number, since its id differs in each run.
    void know(const std::string& worker_id, int number) { numbers_[worker_id] = number; }
    void be_calm() { calm_ = true; }
    // Changes of an instance without the daemon.
    void end(const std::string& worker_id, int exit_code);
    void freeze(const std::string& worker_id);
    // The events due now: some are lost, some come twice, and they are reordered.
    std::vector<control::RuntimeEvent> take_events();
    [[nodiscard]] std::optional<control::WorkerInstance> seen(const std::string& worker_id) const;
    // Instances that belong to no worker in `known`.
    [[nodiscard]] std::vector<std::string> strangers(const std::vector<std::string>& known) const;

    std::string_view name() const override { return "simulated"; }
    bool isolates() const override { return true; }
    contracts::Result<std::string> launch(const control::WorkerSpec& spec) override;
    contracts::Result<control::WorkerInstance> inspect(const std::string& id) override;
    contracts::Result<std::vector<control::WorkerInstance>> list() override;
    contracts::Result<void> stop(const std::string& id, std::chrono::seconds grace) override;
    contracts::Result<void> kill(const std::string& id) override;
    contracts::Result<void> pause(const std::string& id) override;
    contracts::Result<void> resume(const std::string& id) override;
    contracts::Result<std::string> tail(const std::string& id, std::size_t bytes) override;
    contracts::Result<void> remove(const std::string& id) override;
    contracts::Result<void> watch(const std::function<void(const control::RuntimeEvent&)>& report,
                                  std::stop_token stop) override;

private:
    enum class Fault { none, before, after, died_before, died_after };

    Fault fault_of(const std::string& call, const std::string& worker_id);
    control::WorkerInstance* find(const std::string& id);
    // Calls `work` with the faults that the seed has for this call.
    template <class T, class Work>
    contracts::Result<T> call(const std::string& what, const std::string& worker_id, Work work);
    void end_instance(control::WorkerInstance& instance, int exit_code);
    [[nodiscard]] std::string worker_of(const std::string& id) const;

    std::uint64_t seed_;
    Dice dice_;
    bool calm_ = false;
    int launches_ = 0;
    std::map<std::string, int> numbers_;
    std::map<std::string, int> calls_;
    std::map<std::string, control::WorkerInstance> instances_;  // by id
    std::vector<control::RuntimeEvent> events_;
};

}  // namespace workers_tests
