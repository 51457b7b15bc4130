// One request on its way: what a route's handler gets.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/api/caller_cache.h"
#include "control/api/rate_limit.h"
#include "control/api/settings_offer.h"
#include "control/api/visits.h"
#include "control/http/message.h"
#include "control/jobs/bell.h"
#include "control/jobs/job_pool.h"

#include <atomic>
#include <memory>

namespace control {

struct Route;
class Embeddings;
class HealthBoard;
class Vault;

// What all requests share. Handlers whose transaction is still queued keep it.
struct ApiContext {
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    Metrics* metrics;           // null: nobody counts
    const Vault* vault;         // null: no secrets are kept
    const HealthBoard* health;  // null: nobody looks
    Bell* bell;                 // null: those who carry commands out look by themselves
    SettingsOffer settings;
    Embeddings* embeddings;  // null: no model is configured
    Visits visits;
    mutable RateLimit rate_limit;
    mutable CallerCache callers;
    // Null: requests are served on the server's loop. A database over a network is waited for here,
    // while the loop goes on.
    std::unique_ptr<JobPool> threads{};
    // Where searches ask a model. Null: there is none.
    std::unique_ptr<JobPool> searches{};
    mutable std::atomic<std::uint64_t> jobs = 0;
};

// What a caller is told of it: of a database that fails, not where it is and what it said.
[[nodiscard]] Error for_caller(const Error& error);

struct Exchange {
    std::shared_ptr<const ApiContext> context;
    std::shared_ptr<const Caller> caller;
    const Route* route = nullptr;
    std::string id;    // what stands for {id} in the path, decoded
    std::string name;  // and for {name}
    HttpRequest request;
    HttpReply reply;

    // A problem; what went wrong inside is logged, and not told.
    void refuse(const Error& error) const;
    void refuse(int status, const Error& error) const;
};

}  // namespace control
