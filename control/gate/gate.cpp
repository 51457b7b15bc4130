#include "control/gate/gate.h"

#include "control/gate/doors.h"

#include <map>
#include <mutex>

namespace control {

using contracts::fail;

namespace {

constexpr int kBlockingThreads = 4;  // dials and git

class Doors final : public Gate {
public:
    explicit Doors(GateSetting setting) : setting_(std::move(setting)) {}

    Result<void> open(const WorkerIdentity& worker, const std::string& directory) override {
        std::vector<std::unique_ptr<OpenDoor>> doors;
        const auto add = [&](DoorResult door, std::string_view name) -> Result<void> {
            if (!door) return fail(door.error().context(name));
            doors.push_back(std::move(*door));
            return {};
        };
        close(worker.worker_id);
        if (Result<void> added =
                add(open_bus_door(setting_, pool_, worker, directory + "/bus.sock"), "bus.sock");
            !added)
            return added;
        if (Result<void> added =
                add(open_api_door(setting_, worker, directory + "/api.sock"), "api.sock");
            !added)
            return added;
        if (worker.model && !setting_.model_upstream.empty())
            if (Result<void> added =
                    add(open_model_door(setting_, worker, directory + "/model.sock"), "model.sock");
                !added)
                return added;
        if (!worker.repository.empty() && !setting_.repositories.empty())
            if (Result<void> added = add(
                    open_git_door(setting_, pool_, worker, directory + "/git.sock"), "git.sock");
                !added)
                return added;
        const std::scoped_lock lock(guard_);
        open_[worker.worker_id] = std::move(doors);
        return {};
    }

    void close(const std::string& worker_id) override {
        std::vector<std::unique_ptr<OpenDoor>> doors;
        const std::scoped_lock lock(guard_);
        if (const auto found = open_.find(worker_id); found != open_.end()) {
            doors = std::move(found->second);
            open_.erase(found);
        }
    }

private:
    GateSetting setting_;
    std::mutex guard_;
    std::map<std::string, std::vector<std::unique_ptr<OpenDoor>>> open_;
    // Shared with what the doors still have under way on the loop.
    std::shared_ptr<JobPool> pool_ = std::make_shared<JobPool>(kBlockingThreads);
};

}  // namespace

std::unique_ptr<Gate> make_gate(GateSetting setting) {
    return std::make_unique<Doors>(std::move(setting));
}

}  // namespace control
