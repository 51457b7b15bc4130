// The REST API. It reads and writes the database, reads files of branches from the forge, and does
// nothing else: no queue, no process of its own.
//
// A handler belongs to a door: on the network, callers identify themselves with a token; behind a
// worker's own socket the caller is known. Permission and ownership are checked here for every
// door. Thread: handlers run on the HTTP server's loop, or on a few threads of ours if the database
// is on a network; answers to writes come from the store's thread.
#pragma once

#include "control/api/caller.h"
#include "control/api/exchange.h"
#include "control/api/settings_offer.h"
#include "control/role/health_board.h"

namespace control {

struct ApiOptions {
    Metrics* metrics = nullptr;    // outlives the API; null: nothing is counted
    const Vault* vault = nullptr;  // outlives the API; null: secrets cannot be stored
    Rate rate{};                   // for each caller
    bool access_log = false;
    const HealthBoard* health = nullptr;  // outlives the API; null: /readyz covers the store only
    SettingsOffer settings{};             // settings that may be changed while the daemon runs
    DomainRules domains{};                // which domains a project may add
    std::string webhook_secret{};         // signs GitHub's deliveries; empty: none are accepted
    Embeddings* embeddings = nullptr;     // outlives the API; null: searches match words only
    Forge* forge = nullptr;  // outlives the API; null: files of branches cannot be read
    Bell* bell = nullptr;    // outlives the API; rung after a command was written; null: nobody is
                             // woken
};

class Api {
public:
    // Database and clock outlive every request that is under way.
    Api(Database& database, const contracts::Clock& clock, const contracts::Log& log,
        ApiOptions options = {});
    // Waits for the requests in progress.
    ~Api();

    [[nodiscard]] HttpHandler handler_for_tcp() const;
    // For a door that only this caller can use: Caller::worker for a worker's api.sock.
    [[nodiscard]] HttpHandler handler_for(Caller caller) const;

private:
    std::shared_ptr<ApiContext> context_;
};

}  // namespace control
