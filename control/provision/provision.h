// The port that prepares a bare server for deployments, over ssh and with our own playbooks
// (playbooks/). Its body runs the real ssh and ansible-playbook.
//
// A server's host keys are recorded at first contact and compared from then on; we do not talk to a
// server that shows other keys. Our private key is a file only while something runs, in a directory
// that only we can enter; a password is only passed as an environment variable of one ssh.
//
// Failure: the server does not answer, or disappeared: `transient`. It shows another host key:
// `conflict`, field "host_key". It does not accept our key or the password: `permission`, with the
// line to add. A task failed: `upstream`, with the task's name and the end of its output, bounded.
// Longer than the phase's limit: `timed_out`, and nothing of it is left running. Thread: from any
// thread, one call at a time per server.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"
#include "control/ssh/target.h"
#include "control/store/database.h"
#include "control/vault/vault.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace control {

using ProvisionTarget = SshTarget;

enum class ProvisionPhase {
    access,    // our key, no passwords, a firewall that permits ssh
    software,  // updates, Docker, the user for deployments, monitoring
};

struct PhaseEnd {
    std::int64_t tasks = 0;
    std::int64_t changed = 0;
};

// Receives the name of the task that begins. Called from the thread of `run`.
using OnTask = std::function<void(const std::string& task)>;

class Provisioner {
public:
    virtual ~Provisioner() = default;

    // The line for authorized_keys. The installation's key pair is created if there is none.
    [[nodiscard]] virtual contracts::Result<std::string> public_key() = 0;
    // Whether we can log in with our key.
    [[nodiscard]] virtual contracts::Result<void> reach(const ProvisionTarget& target,
                                                        std::stop_token stop) = 0;
    // Logs in with the password and installs our key.
    [[nodiscard]] virtual contracts::Result<void> give_key(const ProvisionTarget& target,
                                                           const std::string& password,
                                                           std::stop_token stop) = 0;
    // Repeating it changes nothing, which the result shows.
    [[nodiscard]] virtual contracts::Result<PhaseEnd> run(const ProvisionTarget& target,
                                                          ProvisionPhase phase, OnTask on_task,
                                                          std::stop_token stop) = 0;
    // The server was reinstalled: it has new host keys.
    [[nodiscard]] virtual contracts::Result<void> forget_host(const std::string& server_id) = 0;
};

struct AnsibleSettings {
    std::string ansible = "ansible-playbook";  // looked up on PATH unless it contains a slash
    std::string directory;                     // for runs (0700); it exists and only we use it
    std::string deploy_user = "deploy";
    std::chrono::milliseconds access_limit{180'000};
    std::chrono::milliseconds software_limit{1'200'000};
};

// Checks that this program can be run: `fatal`, with what to install, if it does not exist.
[[nodiscard]] contracts::Result<void> check_ansible(const std::string& program);

// Removes what an earlier run left in the directory. Borrows database, vault and clock.
[[nodiscard]] std::unique_ptr<Provisioner> make_ansible(AnsibleSettings settings, Database& db,
                                                        const Vault& vault,
                                                        const contracts::Clock& clock);

}  // namespace control
