// What the gate's doors lead to. Everything referred to must outlive the gate, and the server must
// outlive the gateway's client, because answers in progress end on its loop.
#pragma once

#include "contracts/base/log.h"
#include "contracts/base/unique_fd.h"
#include "control/egress/rules.h"
#include "control/gate/egress_lookup.h"
#include "control/gate/gate.h"
#include "control/http/server.h"
#include "control/jobs/job_pool.h"
#include "control/models/gateway.h"

#include <atomic>
#include <functional>

namespace control {

class Forge;

using contracts::Result;

// A socket to Redis, authenticated as this worker. Blocks while it dials.
using DialBus = std::function<Result<contracts::UniqueFd>(const WorkerIdentity&)>;

// The sums over all workers since the start.
struct EgressTotals {
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> bytes_out{0};
    std::atomic<std::uint64_t> bytes_in{0};
};

struct RefusedConnection {
    std::string worker_id;
    std::string host;
    std::uint16_t port = 0;
    std::string reason;
};

// The outside hosts that workers may reach.
struct EgressUpstream {
    egress::Settings settings{};
    std::string forge{};  // the pattern of its host; empty: workers do not need it
    LookUp look_up = look_up_host;
    std::shared_ptr<EgressTotals> totals = std::make_shared<EgressTotals>();
    // Called for each refusal, on the event loop, which it must not keep waiting. May be empty.
    std::function<void(const RefusedConnection&)> on_refusal{};
};

struct GateSetting {
    HttpServer& server;
    DialBus dial_bus;
    // Removes the worker's ACL user when its doors are closed permanently. May be empty.
    std::function<Result<void>(const std::string& worker_id)> leave_bus{};
    // Answers this worker's API requests.
    std::function<HttpHandler(const WorkerIdentity&)> api_for;
    std::chrono::milliseconds answer_within{0};  // else 503; 0: no limit
    Forge* forge = nullptr;                      // null: no git doors
    std::shared_ptr<ModelGateway> models{};      // null, or without models: no model doors
    EgressUpstream egress{};
    contracts::Log log;
};

[[nodiscard]] std::unique_ptr<Gate> make_gate(GateSetting setting);

}  // namespace control
