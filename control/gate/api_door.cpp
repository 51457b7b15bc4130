// api.sock: the REST API as this worker. The door identifies the caller; a token in the request
// changes nothing.
#include "control/gate/doors.h"

#include <boost/beast/core/string.hpp>

namespace control {

namespace {

// Enough for one agent and its commands.
constexpr std::size_t kMaxApiConnections = 32;

}  // namespace

DoorResult open_api_door(const GateSetting& setting, const WorkerIdentity& worker,
                         const std::string& path) {
    auto handler = [api = setting.api_for(worker)](HttpRequest request, HttpReply reply) {
        std::erase_if(request.headers, [](const HttpHeader& header) {
            return boost::beast::iequals(header.name, "Authorization");
        });
        api(std::move(request), std::move(reply));
    };
    return open_http_door(
        setting.server, path, std::move(handler),
        {.max_connections = kMaxApiConnections, .answer_within = setting.answer_within});
}

}  // namespace control
