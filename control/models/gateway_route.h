// The gateway over the network, for workers on other machines:
//
//   /gateway/anthropic/v1/messages, /gateway/openai/v1/responses, …
//
// with the worker's own token instead of a key (Authorization: Bearer, or x-api-key). The token
// identifies the caller; without a running worker's token, nothing is sent to a provider. Refusals
// have the form of the provider's errors.
#pragma once

#include "control/jobs/job_pool.h"
#include "control/models/gateway.h"

namespace control {

inline constexpr std::string_view kGatewayPath = "/gateway/";

class GatewayRoute {
public:
    // Borrows the database and the clock.
    GatewayRoute(std::shared_ptr<ModelGateway> gateway, Database& database,
                 const contracts::Clock& clock);
    // Drops requests that have not been checked yet; calls in progress continue.
    void stop() { threads_.stop(); }
    // As an HttpHandler.
    void handle(HttpRequest request, const HttpReply& reply);

private:
    std::shared_ptr<ModelGateway> gateway_;
    Database& database_;
    const contracts::Clock& clock_;
    std::atomic<std::uint64_t> jobs_ = 0;
    JobPool threads_;  // looking up a token waits for the store
};

}  // namespace control
