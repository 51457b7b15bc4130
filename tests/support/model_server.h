// The scripted stand-in for the model's far side (tests/fakes/model_server.py), on a loopback port
// of its own, ended with the object. Throws std::runtime_error.
#pragma once

#include "contracts/base/json.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tests {

struct ModelServerOptions {
    std::string script;        // names in tests/fakes/scripts ("greeter"), or paths, between commas
    std::string key{};         // what x-api-key must be; empty: any
    bool unix_socket = false;  // listens on socket() instead of a port
};

class ModelServer {
public:
    // Returns when it listens.
    explicit ModelServer(ModelServerOptions options);

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // For ANTHROPIC_BASE_URL; with `unix_socket`: unix:///path.
    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::string socket() const { return directory_ / "model.sock"; }

    // What was asked so far, oldest first: method, path, headers, key_ok, model, body_bytes, turn,
    // rule, status.
    [[nodiscard]] std::vector<contracts::Json> requests() const;

    // Lets the answers go that the script holds back with "stall".
    void release() const { process_->send(SIGUSR1); }

private:
    TemporaryDirectory directory_;
    ModelServerOptions options_;
    std::uint16_t port_ = 0;
    std::optional<ChildProcess> process_;
};

}  // namespace tests
