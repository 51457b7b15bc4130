// A deployment server: it has its own Docker Engine, the user that we log in as, and an address
// that this machine reaches.
//
// Throws the same errors as DockerEngine and Server.
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
    // One instance for the whole test program.
    [[nodiscard]] static Site& shared();
    // Lets the user deploy log in with this key from now on.
    void let_in(const std::string& public_key) const;
    // A Python program on the server; it is ready once it has printed a line.
    [[nodiscard]] std::shared_ptr<ChildProcess> run_python(const std::string& program,
                                                           std::uint16_t port) const;
};

}  // namespace tests
