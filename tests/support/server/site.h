// A server as projects are deployed to: a Docker Engine of its own, the user that we log in as, and
// an address that this machine reaches.
//
// Throws as DockerEngine and Server do.
#pragma once

#include "tests/support/docker_engine.h"
#include "tests/support/server/server.h"

#include <cstdint>
#include <memory>
#include <string>

namespace tests {

struct Site {
    DockerEngine engine = DockerEngine::reachable();
    Server server{{.network_of = engine.process(), .engine_socket = engine.socket()}};
    std::string address{};

    Site();
    // One for the whole program.
    [[nodiscard]] static Site& shared();
    // From now on the user deploy logs in with this key.
    void let_in(const std::string& public_key) const;
    // A Python program on the server, which is ready when it has printed a line.
    [[nodiscard]] std::shared_ptr<ChildProcess> run_python(const std::string& program,
                                                           std::uint16_t port) const;
};

}  // namespace tests
