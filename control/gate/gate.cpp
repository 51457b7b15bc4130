#include "control/gate/gate.h"

#include "control/gate/doors.h"

#include <unistd.h>
#include <map>
#include <mutex>

namespace control {

using contracts::fail;

namespace {

// A slow dial for one worker must not delay another's.
constexpr int kDialThreads = 4;
constexpr int kGitThreads = 6;
constexpr int kLookUpThreads = 8;

class Doors final : public Gate {
public:
    explicit Doors(GateSetting setting) : setting_(std::move(setting)) {}
    ~Doors() override {
        open_.clear();
        // A job that is still waiting would answer to a loop that may soon be gone.
        dials_->stop();
        git_->stop();
        lookups_->stop();
    }

    Result<void> open(const WorkerIdentity& worker, const std::string& directory) override {
        take(worker.worker_id);
        Opened opened;
        const auto add = [&](std::string_view name, bool offered,
                             const auto& make) -> Result<void> {
            const std::string path = directory + '/' + std::string(name);
            // A socket that a previous run offered and this one does not must not look as if it
            // were served.
            ::unlink(path.c_str());
            if (!offered) return {};
            DoorResult door = make(path);
            if (!door) return fail(door.error().context(name));
            opened.doors.push_back(std::move(*door));
            return {};
        };
        const bool model = worker.model && setting_.models && setting_.models->is_offered();
        const bool git = !worker.repository.empty() && setting_.forge != nullptr;
        const Result<void> steps[] = {
            add("bus.sock", true,
                [&](const std::string& path) {
                    return open_bus_door(setting_, dials_, worker, path, opened.has_left);
                }),
            add("api.sock", true,
                [&](const std::string& path) { return open_api_door(setting_, worker, path); }),
            add("model.sock", model,
                [&](const std::string& path) { return open_model_door(setting_, worker, path); }),
            add("git.sock", git,
                [&](const std::string& path) {
                    return open_git_door(setting_, git_, worker, path);
                }),
            add("egress.sock", !egress_rules(setting_, worker).empty(),
                [&](const std::string& path) {
                    return open_egress_door(setting_, lookups_, worker, path);
                }),
        };
        for (const Result<void>& step : steps)
            if (!step) return step;
        const std::scoped_lock lock(guard_);
        open_[worker.worker_id] = std::move(opened);
        return {};
    }

    void close(const std::string& worker_id) override {
        {
            const Opened opened = take(worker_id);
            *opened.has_left = true;
        }
        // Also for a worker whose doors another daemon had opened: it must not use the bus any
        // longer.
        if (!setting_.leave_bus) return;
        if (Result<void> left = setting_.leave_bus(worker_id); !left)
            setting_.log.warning("could not remove a worker's Redis user",
                                 {{"worker_id", worker_id}, {"error", left.error().describe()}});
    }

private:
    struct Opened {
        std::vector<std::unique_ptr<OpenDoor>> doors{};
        std::shared_ptr<std::atomic<bool>> has_left = std::make_shared<std::atomic<bool>>(false);
    };

    Opened take(const std::string& worker_id) {
        const std::scoped_lock lock(guard_);
        const auto found = open_.find(worker_id);
        if (found == open_.end()) return {};
        Opened opened = std::move(found->second);
        open_.erase(found);
        return opened;
    }

    GateSetting setting_;
    std::mutex guard_;
    std::map<std::string, Opened> open_;
    // Shared with the work that the doors still have on the loop.
    std::shared_ptr<JobPool> dials_ = std::make_shared<JobPool>(kDialThreads);
    std::shared_ptr<JobPool> git_ = std::make_shared<JobPool>(kGitThreads);
    std::shared_ptr<JobPool> lookups_ = std::make_shared<JobPool>(kLookUpThreads);
};

}  // namespace

std::unique_ptr<Gate> make_gate(GateSetting setting) {
    return std::make_unique<Doors>(std::move(setting));
}

}  // namespace control
