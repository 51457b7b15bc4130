// The scripted stand-in for the model provider (tests/fakes/model_server.py), on its own loopback
// port; it ends with the object. Throws std::runtime_error.
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
    std::string script;        // names in tests/fakes/scripts, or paths, between commas
    std::string key{};         // required value of x-api-key; empty: any
    bool unix_socket = false;  // listens on socket() instead of a port
};

class ModelServer {
public:
    // Returns once it listens.
    explicit ModelServer(ModelServerOptions options);

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // For ANTHROPIC_BASE_URL; with `unix_socket`: unix:///path.
    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::string socket() const { return directory_ / "model.sock"; }

    // The requests so far, oldest first: method, path, headers, key_ok, model, body_bytes, turn,
    // rule, status.
    [[nodiscard]] std::vector<contracts::Json> requests() const;

    // Releases the answers that the script holds back with "stall".
    void release() const { process_->send(SIGUSR1); }

private:
    TemporaryDirectory directory_;
    ModelServerOptions options_;
    std::uint16_t port_ = 0;
    std::optional<ChildProcess> process_;
};

}  // namespace tests
