// One request in progress: what a route's handler gets.
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
class Forge;
class HealthBoard;
class Vault;

struct DomainRules {
    std::string given_below{};  // DEPLOY_DOMAIN; empty: deployments have no names
    std::string own_host{};     // the daemon's own, which no project can have
};

// What all requests share. Handlers keep it until their queued transaction is done.
struct ApiContext {
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    Metrics* metrics;           // null: nothing is counted
    const Vault* vault;         // null: secrets cannot be stored
    const HealthBoard* health;  // null: health is not checked
    Bell* bell;                 // null: nobody is woken, and roles look for commands by themselves
    SettingsOffer settings;
    Embeddings* embeddings;  // null: no model is configured
    DomainRules domains;
    std::string webhook_secret;  // GitHub's deliveries are signed with it; empty: none are accepted
    Forge* forge;                // null: this daemon has no repositories
    Visits visits;
    mutable RateLimit rate_limit;
    mutable CallerCache callers;
    // Null: requests are served on the server's loop. With a database on a network, these threads
    // wait for it while the loop goes on.
    std::unique_ptr<JobPool> threads{};
    // The threads on which searches ask a model. Null: no model is configured.
    std::unique_ptr<JobPool> searches{};
    // The threads on which git reads files. Null: this daemon has no repositories.
    std::unique_ptr<JobPool> git_reads{};
    mutable std::atomic<std::uint64_t> jobs = 0;
};

// The error as the caller may see it: a failing database reveals neither its address nor its
// message.
[[nodiscard]] Error for_caller(const Error& error);

struct Exchange {
    std::shared_ptr<const ApiContext> context;
    std::shared_ptr<const Caller> caller;
    const Route* route = nullptr;
    std::string id;    // the value of {id} in the path, decoded
    std::string name;  // the value of {name}
    HttpRequest request;
    HttpReply reply;

    // Answers with a problem; internal causes are logged and not sent.
    void refuse(const Error& error) const;
    void refuse(int status, const Error& error) const;
};

}  // namespace control
