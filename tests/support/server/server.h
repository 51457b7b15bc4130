// A server that a test may set up: a root, users, processes and a network of its own, reached by
// ssh at a loopback port of this machine. It has no network but that, and all packages are in it.
//
// Throws std::runtime_error; NoServer where it cannot be had on this machine.
#pragma once

#include "tests/support/child_process.h"

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>

namespace tests {

class NoServer : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Server {
public:
    static constexpr const char* kPassword = "first-Password";

    // Returns when its ssh server answers.
    Server() : Server(Surroundings{}) {}
    struct Surroundings {
        pid_t network_of = -1;        // it has this process's network instead of one of its own
        std::string engine_socket{};  // of the Docker engine that it has at its usual place
    };
    explicit Server(const Surroundings& surroundings);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Runs a command as its root, inside; its standard output. Throws when it fails.
    [[nodiscard]] std::string run(const std::string& command) const;
    // From now on nobody gets through, and who is connected is cut off.
    void go_away() { is_away_ = true; }
    void come_back() { is_away_ = false; }

private:
    void serve();
    void relay(int client) const;

    std::optional<ChildProcess> process_;
    pid_t inside_ = -1;
    int listening_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> is_away_ = false;
    std::atomic<bool> ends_ = false;
    std::jthread relay_;
};

}  // namespace tests
