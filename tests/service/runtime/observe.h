// Waiting and checks for tests of the runtime.
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
// Whether any process that "spawn" started is still alive.
[[nodiscard]] bool escapees_live(const Body& body, const std::string& worker);

// A watch on its own thread; the constructor returns once it has begun.
class Watching {
public:
    explicit Watching(control::Runtime& runtime);
    [[nodiscard]] std::vector<control::RuntimeEvent> events();
    [[nodiscard]] std::optional<control::RuntimeEvent> death_of(const std::string& worker);
    // The watch's result, once it has ended by itself.
    [[nodiscard]] std::optional<contracts::Result<void>> end();
    contracts::Result<void> stop();

private:
    std::mutex mutex_;
    std::vector<control::RuntimeEvent> events_;
    std::optional<contracts::Result<void>> end_;
    std::jthread thread_;
};

}  // namespace runtime_tests
