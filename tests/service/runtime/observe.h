// What tests of the runtime wait for and look at.
#pragma once

#include "bodies.h"

#include "contracts/base/unique_fd.h"
#include "tests/support/eventually.h"

#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace runtime_tests {

std::string must_launch(control::Runtime& runtime, const control::WorkerSpec& spec);
[[nodiscard]] control::WorkerInstance must_inspect(control::Runtime& runtime,
                                                   const std::string& id);
control::WorkerInstance wait_for_end(control::Runtime& runtime, const std::string& id);
void wait_for_file(const Body& body, const std::string& worker, const std::string& name);
// Whether one of the processes that "spawn" started still lives.
[[nodiscard]] bool escapees_live(const Body& body, const std::string& worker);

// A watch on a thread of its own; made when it has begun.
class Watching {
public:
    explicit Watching(control::Runtime& runtime);
    [[nodiscard]] std::vector<control::RuntimeEvent> events();
    [[nodiscard]] std::optional<control::RuntimeEvent> death_of(const std::string& worker);
    // Its result, once it ends by itself.
    [[nodiscard]] std::optional<contracts::Result<void>> end();
    contracts::Result<void> stop();

private:
    std::mutex mutex_;
    std::vector<control::RuntimeEvent> events_;
    std::optional<contracts::Result<void>> end_;
    std::jthread thread_;
};

}  // namespace runtime_tests
