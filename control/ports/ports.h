// The daemon's connections to the outside, built once in the order of the members and destroyed in
// reverse, so that nothing outlives what it uses. Passed to wiring, which gives each role exactly
// what it needs; no role knows this type.
#pragma once

#include "control/embeddings/embeddings.h"
#include "control/forge/forge.h"
#include "control/forge/github/client.h"
#include "control/images/images.h"
#include "control/jobs/bell.h"
#include "control/metrics/metrics.h"
#include "control/ports/bus_port.h"
#include "control/ports/needs.h"
#include "control/ports/network_door.h"
#include "control/ports/runtime_port.h"
#include "control/ports/store_port.h"
#include "control/role/health_board.h"
#include "control/settings/live.h"

#include <optional>

namespace control {

struct Ports {
    contracts::Log log;
    DataDirectory data;
    contracts::SystemClock clock{};
    Metrics metrics{};
    HealthBoard health{};
    Bell commands{};  // rung when the API has written a person's command
    HttpServer server{};
    std::unique_ptr<NetworkDoor> network{};  // null: no role needs it
    std::optional<BusPort> bus{};            // always set once it is built
    std::optional<StorePort> store{};        // always set once it is built
    std::unique_ptr<LiveSettings> live{};    // always set once the store is
    HttpClient client{};
    std::unique_ptr<Embeddings> embeddings{};  // null: no model is configured
    std::unique_ptr<github::Client> github{};  // null: no role needs it, or FORGE is local
    std::string forge_directory{};             // contains the repositories; empty: no role needs it
    bool shares_forge = false;                 // this directory is the one that all daemons on the
                                               // store share
    std::unique_ptr<Forge> forge{};            // null: no role needs it
    std::unique_ptr<Runtime> runtime{};        // null: no role needs it
    std::unique_ptr<images::Images> images{};  // null: no runtime, or one without images

    // Failure: `fatal`, one sentence; whatever had been built is destroyed.
    [[nodiscard]] static contracts::Result<std::unique_ptr<Ports>> build(const Settings& settings,
                                                                         Needs needs,
                                                                         contracts::Log log);
    [[nodiscard]] Database& database() { return *store->database; }
    // "docker", "process"; empty: none.
    [[nodiscard]] std::string runtime_name() const {
        return runtime ? std::string(runtime->name()) : std::string();
    }
};

// The checks of `config check` beyond the settings' own format: whether ports with these needs can
// use the files that the settings name. Returns every fault that the start would find: `fatal`,
// with the setting. Reads only; no server is opened, nothing is created or locked.
[[nodiscard]] std::vector<contracts::Error> check_named_files(const Settings& settings,
                                                              Needs needs);

}  // namespace control
