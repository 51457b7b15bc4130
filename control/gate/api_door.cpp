// api.sock: the REST API as this worker. The door identifies the caller; a token in the request
// changes nothing.
#include "control/gate/doors.h"

#include <boost/beast/core/string.hpp>

namespace control {

namespace {

// For one agent and its commands.
constexpr std::size_t kMaxApiConnections = 32;

class HttpDoor final : public OpenDoor {
public:
    explicit HttpDoor(std::unique_ptr<Listener> listener) : listener_(std::move(listener)) {}

private:
    std::unique_ptr<Listener> listener_;
};

}  // namespace

DoorResult open_api_door(const GateSetting& setting, const WorkerIdentity& worker,
                         const std::string& path) {
    auto handler = [api = setting.api_for(worker)](HttpRequest request, HttpReply reply) {
        std::erase_if(request.headers, [](const HttpHeader& header) {
            return boost::beast::iequals(header.name, "Authorization");
        });
        api(std::move(request), std::move(reply));
    };
    Result<std::unique_ptr<Listener>> listener = setting.server.listen_unix(
        path, std::move(handler), kMaxBody, kMaxApiConnections, setting.answer_within);
    if (!listener) return listener.fault();
    return std::make_unique<HttpDoor>(std::move(*listener));
}

}  // namespace control
