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

DoorResult open_http_door(HttpServer& server, const std::string& path, HttpHandler handler,
                          UnixOptions options) {
    Result<std::unique_ptr<Listener>> listener =
        server.listen_unix(path, std::move(handler), options);
    if (!listener) return listener.fault();
    return std::make_unique<HttpDoor>(std::move(*listener));
}

}  // namespace control
