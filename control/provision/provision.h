// The port that turns a bare server into one that can be deployed to, over ssh and with our own
// playbooks (playbooks/). Its body runs the real ssh and ansible-playbook.
//
// A server's host keys are noted at first contact and compared ever after; one that shows others is
// not spoken to. Our private key is a file for as long as something runs, in a directory that only
// we can enter; a password is an environment variable of one ssh, and nowhere else.
//
// Failure: the server does not answer, or went away: `transient`. It shows another host key:
// `conflict`, field "host_key". It does not take our key or the password: `permission`, with the
// line to add. A task failed: `upstream`, with the task's name and its last words, bounded. Longer
// than the phase's limit: `timed_out`, and nothing of it is left running. Thread: from any thread,
// for each server one call at a time.
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
    access,    // our key, no passwords, a firewall that lets ssh in
    software,  // updates, Docker, the user for deployments, what watches the server
};

struct PhaseEnd {
    std::int64_t tasks = 0;
    std::int64_t changed = 0;
};

// The name of the task that begins. Called from the thread of `run`.
using OnTask = std::function<void(const std::string& task)>;

class Provisioner {
public:
    virtual ~Provisioner() = default;

    // The line for authorized_keys. The installation's pair is made when there is none.
    [[nodiscard]] virtual contracts::Result<std::string> public_key() = 0;
    // Whether we can log in with our key.
    [[nodiscard]] virtual contracts::Result<void> reach(const ProvisionTarget& target,
                                                        std::stop_token stop) = 0;
    // Logs in with the password and leaves our key there.
    [[nodiscard]] virtual contracts::Result<void> give_key(const ProvisionTarget& target,
                                                           const std::string& password,
                                                           std::stop_token stop) = 0;
    // Done again it changes nothing, and says so.
    [[nodiscard]] virtual contracts::Result<PhaseEnd> run(const ProvisionTarget& target,
                                                          ProvisionPhase phase, OnTask on_task,
                                                          std::stop_token stop) = 0;
    // The server was reinstalled: it has new host keys.
    [[nodiscard]] virtual contracts::Result<void> forget_host(const std::string& server_id) = 0;
};

struct AnsibleSettings {
    std::string ansible = "ansible-playbook";  // looked up on PATH when it has no slash
    std::string directory;                     // for runs (0700); it exists and is ours alone
    std::string deploy_user = "deploy";
    std::chrono::milliseconds access_limit{180'000};
    std::chrono::milliseconds software_limit{1'200'000};
};

// Whether this program can be run: `fatal`, with what to install, when it is not there.
[[nodiscard]] contracts::Result<void> check_ansible(const std::string& program);

// Removes what an earlier life left in the directory. Borrows database, vault and clock.
[[nodiscard]] std::unique_ptr<Provisioner> make_ansible(AnsibleSettings settings, Database& db,
                                                        const Vault& vault,
                                                        const contracts::Clock& clock);

}  // namespace control
