// A server for tests of server set-up: it has its own root, users, processes and network, and is
// reached by ssh at a loopback port. It has no other network; all packages are already installed.
//
// Throws std::runtime_error, or NoServer if this machine cannot have one.
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

    // Returns once its ssh server answers.
    Server() : Server(Surroundings{}) {}
    struct Surroundings {
        pid_t network_of = -1;        // the server shares this process's network; -1: own network
        std::string engine_socket{};  // of the Docker engine that appears at the usual path
    };
    explicit Server(const Surroundings& surroundings);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Runs a command as root on the server; returns its output. Throws on failure.
    [[nodiscard]] std::string run(const std::string& command) const;
    // Cuts all connections and lets nobody connect until come_back().
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
