#include "contracts/base/json.h"
#include "control/provision/marked_processes.h"
#include "control/provision/play_events.h"
#include "control/provision/playbooks.h"
#include "control/provision/provision.h"
#include "control/ssh/access.h"
#include "control/ssh/ssh.h"
#include "control/subprocess/subprocess.h"

#include <unistd.h>
#include <algorithm>
#include <cstdlib>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using ssh::InstallationKey;
using ssh::RunDirectory;

namespace {

constexpr std::size_t kMostOutput = 256 << 10;
constexpr std::size_t kShownOutput = 1000;

const char* playbook_of(ProvisionPhase phase) {
    return phase == ProvisionPhase::access ? "access.yml" : "software.yml";
}

std::string tail_of(const std::string& text) {
    return text.size() > kShownOutput ? text.substr(text.size() - kShownOutput) : text;
}

class Ansible final : public Provisioner {
public:
    Ansible(AnsibleSettings settings, Database& db, const Vault& vault,
            const contracts::Clock& clock)
        : settings_(std::move(settings)), access_(settings_.directory, db, vault, clock) {}

    Result<std::string> public_key() override;
    Result<void> reach(const ProvisionTarget& target, std::stop_token stop) override;
    Result<void> give_key(const ProvisionTarget& target, const std::string& password,
                          std::stop_token stop) override;
    Result<PhaseEnd> run(const ProvisionTarget& target, ProvisionPhase phase, OnTask on_task,
                         std::stop_token stop) override;
    Result<void> forget_host(const std::string& server_id) override;

private:
    Result<void> add_play(const RunDirectory& run, const ProvisionTarget& target);
    [[nodiscard]] SubprocessSpec command(const RunDirectory& run, const ProvisionTarget& target,
                                         ProvisionPhase phase) const;

    AnsibleSettings settings_;
    ssh::Access access_;
};

std::string mark_of(const ProvisionTarget& target) {
    return "ORCH_PROVISION_RUN=" + target.server_id;
}

Result<std::string> Ansible::public_key() {
    Result<InstallationKey> ours = access_.key();
    if (!ours) return ours.fault();
    return std::move(ours->public_key);
}

Result<void> Ansible::reach(const ProvisionTarget& target, std::stop_token stop) {
    const Result<RunDirectory> run = access_.prepare(target, stop);
    if (!run) return run.fault();
    Result<void> login = ssh::try_login(target, *run, std::move(stop));
    if (login || login.error().kind != ErrorKind::permission) return login;
    const Result<std::string> line = public_key();
    if (line)
        login.error().next_step =
            "add this line to ~" + target.user + "/.ssh/authorized_keys on the server: " + *line;
    return login;
}

Result<void> Ansible::give_key(const ProvisionTarget& target, const std::string& password,
                               std::stop_token stop) {
    const Result<RunDirectory> run = access_.prepare(target, stop);
    if (!run) return run.fault();
    const Result<std::string> line = public_key();
    if (!line) return line.fault();
    return ssh::leave_key(target, *run, password, *line, std::move(stop));
}

Result<void> Ansible::add_play(const RunDirectory& run, const ProvisionTarget& target) {
    const Result<std::string> line = public_key();
    if (!line) return line.fault();
    for (const provision::PlaybookFile& file : provision::playbooks())
        if (auto put = run.write(std::string(file.path), file.text); !put) return put;
    const Json inventory{{"all",
                          {{"hosts",
                            {{"server",
                              {{"ansible_host", target.address},
                               {"ansible_port", target.port},
                               {"ansible_user", target.user},
                               {"orch_become", target.user != "root"},
                               {"orch_user", target.user},
                               {"orch_ssh_port", target.port},
                               {"orch_deploy_user", settings_.deploy_user},
                               {"orch_public_key", *line}}}}}}}};
    return run.write("inventory.json", contracts::dump_json(inventory));
}

SubprocessSpec Ansible::command(const RunDirectory& run, const ProvisionTarget& target,
                                ProvisionPhase phase) const {
    std::string options;
    for (const std::string& option : ssh::ssh_options(run))
        options.append(options.empty() ? "" : " ").append(option);
    SubprocessSpec spec;
    spec.argv = {settings_.ansible, "--inventory", "inventory.json", playbook_of(phase)};
    spec.environment = {"HOME=" + run.path(),
                        "ANSIBLE_HOME=" + run.path() + "/ansible",
                        "ANSIBLE_LOCAL_TEMP=" + run.path() + "/tmp",
                        "ANSIBLE_CONFIG=" + run.path() + "/ansible.cfg",
                        "ANSIBLE_SSH_ARGS=" + options,
                        "ANSIBLE_NOCOLOR=1",
                        "PYTHONDONTWRITEBYTECODE=1",
                        mark_of(target)};
    spec.directory = run.path();
    spec.max_output = kMostOutput;
    spec.deadline =
        phase == ProvisionPhase::access ? settings_.access_limit : settings_.software_limit;
    return spec;
}

Result<PhaseEnd> Ansible::run(const ProvisionTarget& target, ProvisionPhase phase, OnTask on_task,
                              std::stop_token stop) {
    if (Result<void> there = check_ansible(settings_.ansible); !there) return there.fault();
    // Kills the play of an earlier run of the daemon: two plays at once would disturb each other.
    provision::kill_marked(mark_of(target));
    const Result<RunDirectory> run = access_.prepare(target, stop);
    if (!run) return run.fault();
    if (Result<void> added = add_play(*run, target); !added) return added.fault();
    provision::PlayEvents events(std::move(on_task));
    SubprocessSpec spec = command(*run, target, phase);
    spec.on_line = [&events](std::string_view line) {
        events.take(line);
    };
    const Result<SubprocessEnd> end = run_subprocess(spec, std::move(stop));
    provision::kill_marked(mark_of(target));
    if (!end) return fail(Error(end.error()).context(playbook_of(phase)));
    return events.end(end->exit_code, tail_of(end->error_output));
}

Result<void> Ansible::forget_host(const std::string& server_id) {
    return access_.forget_host(server_id);
}

}  // namespace

Result<void> check_ansible(const std::string& program) {
    const char* path = std::getenv("PATH");
    const Result<std::string> found = find_program(program, path != nullptr ? path : "");
    if (found && ::access(found->c_str(), X_OK) == 0) return {};
    return fail(ErrorKind::fatal, "Ansible is not installed: cannot find " + program,
                "ANSIBLE_PLAYBOOK",
                "install ansible-core from PyPI, or set ANSIBLE_PLAYBOOK to its ansible-playbook");
}

std::unique_ptr<Provisioner> make_ansible(AnsibleSettings settings, Database& db,
                                          const Vault& vault, const contracts::Clock& clock) {
    return std::make_unique<Ansible>(std::move(settings), db, vault, clock);
}

}  // namespace control
