// The doors, one file for each kind. An open door and its connections end with its object. Thread:
// created and destroyed by any thread, traffic on the event loop; a door may be destroyed while it
// serves.
#pragma once

#include "control/gate/setting.h"

#include <memory>
#include <string>

namespace control {

class OpenDoor {
public:
    virtual ~OpenDoor() = default;
};
using DoorResult = Result<std::unique_ptr<OpenDoor>>;

// A door that is an HTTP server: used for the API, for models and for git.
[[nodiscard]] DoorResult open_http_door(HttpServer& server, const std::string& path,
                                        HttpHandler handler, UnixOptions options);

// `has_left` becomes true before the worker's login is removed for good: a connection that is being
// made at that moment would create the login again, and so removes it itself.
[[nodiscard]] DoorResult open_bus_door(const GateSetting& setting,
                                       const std::shared_ptr<JobPool>& pool,
                                       const WorkerIdentity& worker, const std::string& path,
                                       std::shared_ptr<const std::atomic<bool>> has_left);
[[nodiscard]] DoorResult open_api_door(const GateSetting& setting, const WorkerIdentity& worker,
                                       const std::string& path);
[[nodiscard]] DoorResult open_model_door(const GateSetting& setting, const WorkerIdentity& worker,
                                         const std::string& path);
[[nodiscard]] DoorResult open_git_door(const GateSetting& setting,
                                       const std::shared_ptr<JobPool>& pool,
                                       const WorkerIdentity& worker, const std::string& path);
[[nodiscard]] DoorResult open_egress_door(const GateSetting& setting,
                                          const std::shared_ptr<JobPool>& lookups,
                                          const WorkerIdentity& worker, const std::string& path);
// The rules of this worker's egress door. Empty: there is no such door.
[[nodiscard]] egress::Rules egress_rules(const GateSetting& setting, const WorkerIdentity& worker);

}  // namespace control
