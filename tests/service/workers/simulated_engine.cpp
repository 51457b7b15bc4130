#include "tests/service/workers/simulated_engine.h"

namespace workers_tests {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using control::RuntimeEvent;
using control::WorkerInstance;

SimulatedEngine::Fault SimulatedEngine::fault_of(const std::string& call,
                                                 const std::string& worker_id) {
    const auto number = numbers_.find(worker_id);
    std::uint64_t key = seed_;
    for (const char c : call)
        key = key * 131 + static_cast<unsigned char>(c);
    key = key * 131 + static_cast<std::uint64_t>(number == numbers_.end() ? 99 : number->second);
    key = key * 1'000'003 + static_cast<std::uint64_t>(calls_[call + worker_id]++);
    if (calm_) return Fault::none;
    switch (Dice(key).below(20)) {
        case 0:
        case 1:
            return Fault::before;
        case 2:
        case 3:
            return Fault::after;
        case 4:
            return Fault::died_before;
        case 5:
            return Fault::died_after;
        default:
            return Fault::none;
    }
}

template <class T, class Work>
Result<T> SimulatedEngine::call(const std::string& what, const std::string& worker_id, Work work) {
    const Fault fault = fault_of(what, worker_id);
    if (fault == Fault::died_before) throw DaemonDied{};
    if (fault == Fault::before) return fail(ErrorKind::transient, "the engine does not answer");
    Result<T> done = work();
    if (fault == Fault::died_after) throw DaemonDied{};
    if (fault == Fault::after) return fail(ErrorKind::transient, "the engine's answer was lost");
    return done;
}

WorkerInstance* SimulatedEngine::find(const std::string& id) {
    const auto found = instances_.find(id);
    return found == instances_.end() ? nullptr : &found->second;
}

std::string SimulatedEngine::worker_of(const std::string& id) const {
    const auto found = instances_.find(id);
    return found == instances_.end() ? std::string() : found->second.worker_id;
}

void SimulatedEngine::end_instance(WorkerInstance& instance, int exit_code) {
    if (!instance.running) return;
    instance.running = instance.paused = false;
    instance.exit_code = exit_code;
    events_.push_back({RuntimeEvent::Kind::died, instance.id, instance.worker_id, exit_code});
}

void SimulatedEngine::end(const std::string& worker_id, int exit_code) {
    for (auto& [id, instance] : instances_)
        if (instance.worker_id == worker_id) end_instance(instance, exit_code);
}

void SimulatedEngine::freeze(const std::string& worker_id) {
    for (auto& [id, instance] : instances_)
        if (instance.worker_id == worker_id && instance.running) instance.paused = true;
}

std::vector<RuntimeEvent> SimulatedEngine::take_events() {
    std::vector<RuntimeEvent> now;
    std::vector<RuntimeEvent> later;
    for (const RuntimeEvent& event : events_) {
        const std::size_t what = dice_.below(4);
        if (what == 0) continue;  // the answer is lost
        (what == 1 ? later : now).push_back(event);
        if (what == 2) now.push_back(event);
    }
    std::ranges::reverse(now);
    events_ = std::move(later);
    return now;
}

std::optional<WorkerInstance> SimulatedEngine::seen(const std::string& worker_id) const {
    for (const auto& [id, instance] : instances_)
        if (instance.worker_id == worker_id) return instance;
    return std::nullopt;
}

std::vector<std::string> SimulatedEngine::strangers(const std::vector<std::string>& known) const {
    std::vector<std::string> found;
    for (const auto& [id, instance] : instances_)
        if (std::ranges::find(known, instance.worker_id) == known.end()) found.push_back(id);
    return found;
}

Result<std::string> SimulatedEngine::launch(const control::WorkerSpec& spec) {
    return call<std::string>("launch", spec.worker_id, [&]() -> Result<std::string> {
        if (seen(spec.worker_id)) return fail(ErrorKind::conflict, "the name is taken");
        WorkerInstance instance;
        instance.id = "instance-" + std::to_string(++launches_);
        instance.worker_id = spec.worker_id;
        instance.running = true;
        instances_[instance.id] = instance;
        return instance.id;
    });
}

Result<WorkerInstance> SimulatedEngine::inspect(const std::string& id) {
    return call<WorkerInstance>("inspect", worker_of(id), [&]() -> Result<WorkerInstance> {
        if (const WorkerInstance* found = find(id)) return *found;
        return fail(ErrorKind::not_found, "no instance " + id);
    });
}

Result<std::vector<WorkerInstance>> SimulatedEngine::list() {
    return call<std::vector<WorkerInstance>>("list", "", [&] {
        std::vector<WorkerInstance> all;
        for (const auto& [id, instance] : instances_)
            all.push_back(instance);
        return Result<std::vector<WorkerInstance>>(std::move(all));
    });
}

Result<void> SimulatedEngine::stop(const std::string& id, std::chrono::seconds) {
    return call<void>("stop", worker_of(id), [&] {
        if (WorkerInstance* found = find(id)) end_instance(*found, 143);
        return Result<void>();
    });
}

Result<void> SimulatedEngine::kill(const std::string& id) {
    return call<void>("kill", worker_of(id), [&] {
        if (WorkerInstance* found = find(id)) end_instance(*found, 137);
        return Result<void>();
    });
}

Result<void> SimulatedEngine::pause(const std::string& id) {
    return call<void>("pause", worker_of(id), [&]() -> Result<void> {
        WorkerInstance* found = find(id);
        if (found == nullptr) return fail(ErrorKind::not_found, "no instance " + id);
        found->paused = found->running;
        return {};
    });
}

Result<void> SimulatedEngine::resume(const std::string& id) {
    return call<void>("resume", worker_of(id), [&]() -> Result<void> {
        WorkerInstance* found = find(id);
        if (found == nullptr) return fail(ErrorKind::not_found, "no instance " + id);
        found->paused = false;
        return {};
    });
}

Result<std::string> SimulatedEngine::tail(const std::string& id, std::size_t) {
    return call<std::string>("tail", worker_of(id), [&]() -> Result<std::string> {
        if (find(id) == nullptr) return fail(ErrorKind::not_found, "no instance " + id);
        return "what it wrote";
    });
}

Result<void> SimulatedEngine::remove(const std::string& id) {
    return call<void>("remove", worker_of(id), [&]() -> Result<void> {
        const WorkerInstance* found = find(id);
        if (found != nullptr && found->running)
            return fail(ErrorKind::conflict, "instance " + id + " is running");
        instances_.erase(id);
        return {};
    });
}

// The simulation delivers the events itself.
Result<void> SimulatedEngine::watch(const std::function<void(const RuntimeEvent&)>&,
                                    std::stop_token) {
    return {};
}

}  // namespace workers_tests
