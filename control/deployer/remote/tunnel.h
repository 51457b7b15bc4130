// The Docker engine of a server, at a socket of ours: `ssh -L` for as long as the object lives.
//
// Failure: `transient` if the server does not let us in, does not answer, or its engine does not
// answer; `conflict` if it shows another host key than before. Thread: the one that owns it.
#pragma once

#include "control/http/client.h"
#include "control/ssh/access.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace control::deployer {

class Tunnel {
public:
    // Returns when the engine answers. `remote_socket`: its path on the server.
    [[nodiscard]] static contracts::Result<std::unique_ptr<Tunnel>> open(
        const ssh::Access& access, const SshTarget& target, const std::string& remote_socket,
        HttpClient& http, const std::stop_token& stop);
    ~Tunnel();
    Tunnel(const Tunnel&) = delete;
    Tunnel& operator=(const Tunnel&) = delete;

    [[nodiscard]] const std::string& socket() const { return socket_; }

private:
    explicit Tunnel(ssh::RunDirectory run);
    void start(const SshTarget& target, const std::string& remote_socket);
    contracts::Result<void> wait(const SshTarget& target, HttpClient& http,
                                 const std::stop_token& stop);

    ssh::RunDirectory run_;
    std::string socket_;
    std::mutex mutex_;
    std::condition_variable_any ended_;
    bool is_over_ = false;    // ssh has ended
    std::string last_words_;  // the last output of ssh
    std::jthread ssh_;        // last: it uses the rest
};

}  // namespace control::deployer
