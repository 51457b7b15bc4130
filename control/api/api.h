// The REST API. It reads and writes the database and does nothing else: no queue, no forge, no
// process.
//
// A handler stands for a door: on a network callers prove who they are with a token; behind a
// worker's own socket the caller is known. Permission and ownership are checked here whatever the
// door. Thread: handlers run on the HTTP server's loop, or where the database is over a network on
// a few threads of ours; answers to writes come from the store's thread.
#pragma once

#include "control/api/caller.h"
#include "control/api/exchange.h"
#include "control/api/settings_offer.h"
#include "control/role/health_board.h"

namespace control {

struct ApiOptions {
    Metrics* metrics = nullptr;    // outlives the API; null: nobody counts
    const Vault* vault = nullptr;  // outlives the API; null: no secrets are kept
    Rate rate{};                   // of each caller by itself
    bool access_log = false;
    const HealthBoard* health = nullptr;  // outlives the API; null: /readyz speaks of the store
    SettingsOffer settings{};             // that may be changed while the daemon runs
    Embeddings* embeddings = nullptr;     // outlives the API; null: searches go by words only
    Bell* bell = nullptr;  // outlives the API; rung when a command was written; null: none is
};

class Api {
public:
    // Database and clock outlive every request that is under way.
    Api(Database& database, const contracts::Clock& clock, const contracts::Log& log,
        ApiOptions options = {});
    // Waits for the requests that are being served.
    ~Api();

    [[nodiscard]] HttpHandler handler_for_tcp() const;
    // For a door behind which there is only this caller: Caller::worker for a worker's api.sock.
    [[nodiscard]] HttpHandler handler_for(Caller caller) const;

private:
    std::shared_ptr<ApiContext> context_;
};

}  // namespace control
