#include "observe.h"

#include <fcntl.h>
#include <sys/file.h>
#include <filesystem>
#include <stdexcept>

namespace runtime_tests {

using control::Runtime;
using control::RuntimeEvent;
using control::WorkerInstance;
using tests::eventually;

std::string must_launch(Runtime& runtime, const control::WorkerSpec& spec) {
    auto id = runtime.launch(spec);
    if (!id) throw std::runtime_error(id.error().describe());
    return *id;
}

WorkerInstance must_inspect(Runtime& runtime, const std::string& id) {
    auto instance = runtime.inspect(id);
    if (!instance) throw std::runtime_error(instance.error().describe());
    return *instance;
}

WorkerInstance wait_for_end(Runtime& runtime, const std::string& id) {
    eventually("the worker's end", [&] { return !must_inspect(runtime, id).running; });
    return must_inspect(runtime, id);
}

void wait_for_file(const Body& body, const std::string& worker, const std::string& name) {
    eventually(name + " of " + worker,
               [&] { return std::filesystem::exists(body.workspace(worker) + "/" + name); });
}

bool escapees_live(const Body& body, const std::string& worker) {
    const contracts::UniqueFd fd(
        ::open((body.workspace(worker) + "/lock").c_str(), O_RDWR | O_CLOEXEC));
    if (!fd.valid()) throw std::runtime_error("nothing was spawned");
    return ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
}

Watching::Watching(Runtime& runtime)
    : thread_([this, &runtime](std::stop_token stop) {
          auto end = runtime.watch(
              [this](const RuntimeEvent& event) {
                  const std::lock_guard lock(mutex_);
                  events_.push_back(event);
              },
              std::move(stop));
          const std::lock_guard lock(mutex_);
          end_ = std::move(end);
      }) {
    eventually("the watch", [this] { return !events().empty() || end(); });
}

std::vector<RuntimeEvent> Watching::events() {
    const std::lock_guard lock(mutex_);
    return events_;
}

std::optional<RuntimeEvent> Watching::death_of(const std::string& worker) {
    for (const RuntimeEvent& event : events())
        if (event.kind == RuntimeEvent::Kind::died && event.worker_id == worker) return event;
    return std::nullopt;
}

std::optional<contracts::Result<void>> Watching::end() {
    const std::lock_guard lock(mutex_);
    return end_;
}

contracts::Result<void> Watching::stop() {
    thread_.request_stop();
    thread_.join();
    return *end_;
}

}  // namespace runtime_tests
