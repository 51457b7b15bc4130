#include "control/provision/server_look.h"

#include "control/jobs/in_parallel.h"
#include "control/ssh/access.h"
#include "control/ssh/ssh.h"
#include "control/store/server_access.h"

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using ssh::InstallationKey;
using ssh::RunDirectory;

namespace {

// Plain sh and tools that every Debian and Ubuntu has. One fact per line, so that a missing tool
// only costs its own line.
constexpr const char* kScript = R"sh(export LC_ALL=C
printf 'time %s\n' "$(date +%s%3N)"
sed -n 's/^MemTotal: *\([0-9]*\) kB$/memory_total \1/p
s/^MemAvailable: *\([0-9]*\) kB$/memory_available \1/p' /proc/meminfo
sed -n 's/^\([0-9]*\)\.\([0-9][0-9]\) .*/load \1\2/p' /proc/loadavg
printf 'processors %s\n' "$(getconf _NPROCESSORS_ONLN)"
df -Pk / /opt/services /var/lib/docker 2>/dev/null |
    sed -n 's/^[^ ]* *\([0-9]*\) *[0-9]* *\([0-9]*\) *[0-9]*% \(\/.*\)$/file_system \1 \2 \3/p' |
    awk '!seen[$0]++'
docker=docker
[ "$(id -u)" = 0 ] || docker='sudo -n docker'
if ! command -v docker >/dev/null; then echo docker absent
elif timeout 10 $docker version >/dev/null 2>&1; then echo docker up
else echo docker down; fi
if [ -e /run/reboot-required ]; then echo reboot 1; else echo reboot 0; fi
echo end 1
)sh";

// The name of a target in known_hosts: unique, so that a server at another one's address is not
// mistaken for it.
std::string alias_of(std::size_t index) {
    return "server-" + std::to_string(index);
}

class SshLooks final : public ServerLooks {
public:
    SshLooks(ServerLooksSettings settings, Database& db, const Vault& vault,
             const contracts::Clock& clock)
        : settings_(std::move(settings)), db_(db), vault_(vault), clock_(clock) {
        ssh::remove_left_runs(settings_.directory);
    }

    Result<std::vector<Result<ServerFigures>>> look(const std::vector<ProvisionTarget>& targets,
                                                    const std::stop_token& stop) override;

private:
    // Prepares the directory of a round, and for each target whether it was reached before.
    Result<RunDirectory> prepare(const std::vector<ProvisionTarget>& targets,
                                 std::vector<std::string>& pinned);
    Result<ServerFigures> look_at(const ProvisionTarget& target, const std::string& pinned,
                                  const std::string& alias, const RunDirectory& run,
                                  const std::stop_token& stop);

    ServerLooksSettings settings_;
    Database& db_;
    const Vault& vault_;
    const contracts::Clock& clock_;
};

Result<RunDirectory> SshLooks::prepare(const std::vector<ProvisionTarget>& targets,
                                       std::vector<std::string>& pinned) {
    const Result<InstallationKey> ours =
        ssh::installation_key(db_, vault_, clock_, settings_.directory);
    if (!ours) return ours.fault();
    std::string hosts;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        Result<std::string> keys = server_access::host_keys(db_, targets[i].server_id);
        if (!keys) return keys.fault();
        hosts += ssh::known_hosts_of(alias_of(i), ssh::lines_of(*keys));
        pinned.push_back(std::move(*keys));
    }
    Result<RunDirectory> run = RunDirectory::make(settings_.directory);
    if (!run) return run;
    if (auto put = run->write("key", ours->private_key); !put) return put.fault();
    if (auto put = run->write("known_hosts", hosts); !put) return put.fault();
    return run;
}

Result<ServerFigures> SshLooks::look_at(const ProvisionTarget& target, const std::string& pinned,
                                        const std::string& alias, const RunDirectory& run,
                                        const std::stop_token& stop) {
    if (auto sound = ssh::check_target(target); !sound) return sound.fault();
    if (pinned.empty())
        return fail(ErrorKind::permission, "the server was never reached: its host key is unknown",
                    "host_key", "orchestrator infra provision " + target.server_id);
    const contracts::Timestamp asked = clock_.now();
    const Result<std::string> said = ssh::ask_server(target, run, alias, kScript, stop);
    if (said) return read_figures(*said, asked, clock_.now());
    if (stop.stop_requested()) return said.fault();
    // ssh has one exit code for all failures. Asking for the host keys shows whether a server
    // answers, and with which key.
    const auto shown = ssh::scan_host_keys(target, stop);
    if (!shown) return shown.fault();
    if (!ssh::shows_pinned_key(*shown, ssh::lines_of(pinned)))
        return fail(ssh::another_host_key(target));
    return said.fault();
}

Result<std::vector<Result<ServerFigures>>> SshLooks::look(
    const std::vector<ProvisionTarget>& targets, const std::stop_token& stop) {
    std::vector<Result<ServerFigures>> figures(
        targets.size(), fail(ErrorKind::transient, "the check was stopped before it began"));
    if (targets.empty()) return figures;
    std::vector<std::string> pinned;
    const Result<RunDirectory> run = prepare(targets, pinned);
    if (!run) return run.fault();
    in_parallel(targets.size(), settings_.at_once, stop, [&](std::size_t i) {
        figures[i] = look_at(targets[i], pinned[i], alias_of(i), *run, stop);
    });
    return figures;
}

}  // namespace

std::unique_ptr<ServerLooks> make_ssh_looks(ServerLooksSettings settings, Database& db,
                                            const Vault& vault, const contracts::Clock& clock) {
    return std::make_unique<SshLooks>(std::move(settings), db, vault, clock);
}

}  // namespace control
