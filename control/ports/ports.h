// What the daemon reaches the outside with, built once in the order of the members and taken down
// in reverse, so that nothing outlives what it uses. Handed to wiring, which gives each role what
// that role needs and no more; no role knows this type.
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
    Bell commands{};  // rung when the API has written a command of a person's
    HttpServer server{};
    std::unique_ptr<NetworkDoor> network{};  // null: no role needs it
    std::optional<BusPort> bus{};            // always there once it is built
    std::optional<StorePort> store{};        // always there once it is built
    std::unique_ptr<LiveSettings> live{};    // always there once the store is
    HttpClient client{};
    std::unique_ptr<Embeddings> embeddings{};  // null: no model is configured
    std::unique_ptr<github::Client> github{};  // null: no role needs it, or FORGE is local
    std::string forge_directory{};             // of the repositories; empty: no role needs it
    bool shares_forge = false;                 // with all daemons on this store that use it
    std::unique_ptr<Forge> forge{};            // null: no role needs it
    std::unique_ptr<Runtime> runtime{};        // null: no role needs it
    std::unique_ptr<images::Images> images{};  // null: no runtime, or one without images

    // Failure: `fatal`, one sentence; what had been built is gone again.
    [[nodiscard]] static contracts::Result<std::unique_ptr<Ports>> build(const Settings& settings,
                                                                         Needs needs,
                                                                         contracts::Log log);
    [[nodiscard]] Database& database() { return *store->database; }
    // "docker", "process"; empty: none.
    [[nodiscard]] std::string runtime_name() const {
        return runtime ? std::string(runtime->name()) : std::string();
    }
};

// What `config check` finds beyond the settings' own form: whether the files that they name can be
// used by ports with these needs. Every fault as the start would find it: `fatal`, with the
// setting. Reads only; nothing is opened that serves, made or locked.
[[nodiscard]] std::vector<contracts::Error> check_named_files(const Settings& settings,
                                                              Needs needs);

}  // namespace control
