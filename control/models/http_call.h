// A call of the gateway for a client of the HTTP server. The answer streams back as it comes, no
// faster than the client reads it; an answer that breaks off looks broken to the client. The call
// is cancelled when the client is gone: nobody would read the rest, and somebody would pay for it.
// Thread: any.
#pragma once

#include "control/models/gateway.h"

#include <memory>
#include <stop_token>

namespace control {

struct HttpCall {
    GatewayRequest request;
    HttpReply reply;
    std::stop_token cancelled{};   // HttpRequest::cancelled
    std::shared_ptr<void> held{};  // released when the call is over
};

void start_http_call(ModelGateway& gateway, HttpCall call);

// A request's path and query as one text, as the gateway takes it.
[[nodiscard]] std::string target_of(std::string path,
                                    const std::map<std::string, std::string>& query);

}  // namespace control
