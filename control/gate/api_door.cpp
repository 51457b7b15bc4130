// api.sock: the REST API as this worker. Who calls is known by the door; a token in the request
// changes nothing.
#include "control/gate/doors.h"

namespace control {

namespace {

class HttpDoor final : public OpenDoor {
public:
    explicit HttpDoor(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

private:
    std::unique_ptr<Listener> listener_;
};

}  // namespace

DoorResult open_api_door(const GateSetting& setting, const WorkerIdentity& worker,
                         const std::string& path) {
    Result<std::unique_ptr<Listener>> listener =
        setting.server.listen_unix(path, setting.api_for(worker));
    if (!listener) return contracts::fail(std::move(listener.error()));
    return std::make_unique<HttpDoor>(std::move(*listener));
}

}  // namespace control
