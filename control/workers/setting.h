// What the workers role works with: its figures, and the ports that main built for it.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "contracts/streams/address.h"
#include "control/forge/forge.h"
#include "control/gate/gate.h"
#include "control/jobs/bell.h"
#include "control/runtime/runtime.h"
#include "control/store/workers.h"

#include <functional>
#include <stop_token>

namespace control {

// The image a worker of this configuration runs in, built if need be. Failure says which step
// failed.
using ImageFor =
    std::function<Result<std::string>(const contracts::WorkerConfig&, std::stop_token)>;

using ServiceImageFor = std::function<Result<std::string>(contracts::TestService, std::stop_token)>;

struct WorkersSetting {
    std::string directory;   // one directory a worker below it; others may pass through it
    std::string sessions{};  // where Product Owners' sessions are kept; empty: nowhere
    // How many may run at a time, asked for at each look.
    std::function<std::int64_t()> max_workers = [] {
        return 10;
    };
    // How many of these one user may have; 0: as many as there are. A worker of nobody counts with
    // the others of nobody.
    std::function<std::int64_t()> max_of_user = [] {
        return 0;
    };
    std::chrono::seconds creation_timeout{300};
    std::uint32_t first_uid = 20'000;  // plus the slot; as root only
    WorkerLimits limits{};
    std::int64_t limits_times = 4;  // a configuration may ask for this multiple of `limits`
    std::vector<std::string> host_sessions{};  // directories whose login may be lent to a worker
    std::chrono::seconds stop_grace{30};
    std::chrono::hours keep_ended{24};  // until the remains of a worker nobody deletes are removed
    std::chrono::seconds pause_after{0};     // a Product Owner nobody talks to is frozen; 0: never
    std::chrono::seconds stop_after{0};      // and stopped, its session kept; 0: never
    std::chrono::seconds pulse_patience{0};  // without a heartbeat; 0: not watched
    int job_threads = 4;                     // for what blocks; 0: whoever has work does it
    std::string instance{};                  // this daemon's name, the same after a restart
    // How long another daemon may be silent before its workers count as lost; zero: forever.
    std::chrono::seconds gone_after{std::chrono::hours(24)};
    bool has_repositories = true;  // else workers that clone one are other daemons' work
    Bell* commands = nullptr;      // rings when a person's command is there; null: none does

    Database& database;
    Runtime& runtime;
    Forge& forge;
    Gate& gate;
    ImageFor image_for;
    ServiceImageFor service_image_for{};  // empty: this installation has none
    contracts::RedisAddress redis;
    const contracts::Clock& clock;
    contracts::Log log;
};

}  // namespace control
