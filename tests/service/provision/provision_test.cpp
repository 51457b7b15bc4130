// The real Ansible over the real ssh, on a server with its own root and network. Its packages are
// preinstalled and it has no service manager, so the download of packages and the start of Docker,
// fail2ban and the node exporter are not tested.
#include "control/provision/provision.h"

#include "control/provision/marked_processes.h"
#include "control/store/server_access.h"
#include "control/store/servers.h"
#include "tests/support/eventually.h"
#include "tests/support/server/server.h"
#include "tests/support/temporary_directory.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace control;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using contracts::ErrorKind;

namespace {

struct Rig {
    tests::TemporaryDirectory directory;
    std::unique_ptr<Database> db;
    std::optional<Vault> vault;
    contracts::SystemClock clock;
    AnsibleSettings settings;
    ProvisionTarget target{.server_id = "server-1", .handle = "web-1", .address = "127.0.0.1"};

    explicit Rig(std::uint16_t port) {
        target.port = port;
        auto opened = open_sqlite(directory / "a.db");
        REQUIRE(opened.has_value());
        db = std::move(*opened);
        vault = Vault::make_key(directory / "key").value();
        settings.ansible = ORCH_SOURCE_DIR "/build/tools/ansible/bin/ansible-playbook";
        settings.directory = directory / "runs";
        settings.access_limit = 600s;
        REQUIRE(::mkdir(settings.directory.c_str(), 0700) == 0);
        REQUIRE(db->transaction([&](Transaction& tx) {
                      contracts::Server server;
                      server.id = server.handle = server.name = server.provider_id =
                          target.server_id;
                      server.ip_address = target.address;
                      return servers::insert(tx, server, clock.now());
                  }).has_value());
    }
    [[nodiscard]] auto provisioner() { return make_ansible(settings, *db, *vault, clock); }
    [[nodiscard]] bool nothing_left() const {
        return std::filesystem::is_empty(settings.directory);
    }
};

std::optional<tests::Server>& the_server() {
    static std::optional<tests::Server> server;
    return server;
}

tests::Server& fresh_server() {
    try {
        return the_server().emplace();
    } catch (const tests::NoServer& reason) {
        SKIP(reason.what());
    }
    std::abort();  // SKIP does not return
}

PhaseEnd must(Result<PhaseEnd> end) {
    INFO((end ? "" : end.error().describe()));
    REQUIRE(end.has_value());
    return *end;
}

Result<PhaseEnd> play(Rig& rig, ProvisionPhase phase, OnTask on_task = {}) {
    return rig.provisioner()->run(rig.target, phase, std::move(on_task), {});
}

std::string script(const Rig& rig, const std::string& text) {
    const std::string path = rig.directory / "script";
    std::ofstream(path) << "#!/bin/sh\n" << text;
    ::chmod(path.c_str(), 0755);
    return path;
}

}  // namespace

TEST_CASE("P1.3.1 P1.3.2 provision: access, our key, software, and no change the second time") {
    tests::Server& server = fresh_server();
    Rig rig(server.port());
    const auto provisioner = rig.provisioner();
    // Before provisioning our key is not accepted, and the password gives full access.
    const auto stranger = provisioner->reach(rig.target, {});
    CHECK(stranger.error().kind == ErrorKind::permission);
    CHECK_THAT(stranger.error().next_step, ContainsSubstring("ssh-ed25519 "));
    CHECK(provisioner->give_key(rig.target, "wrong", {}).error().kind == ErrorKind::permission);
    const auto given = provisioner->give_key(rig.target, tests::Server::kPassword, {});
    INFO((given ? "" : given.error().describe()));
    REQUIRE(given.has_value());
    REQUIRE(provisioner->give_key(rig.target, tests::Server::kPassword, {}).has_value());
    REQUIRE(provisioner->reach(rig.target, {}).has_value());
    CHECK(server.run("wc -l < /root/.ssh/authorized_keys") == "1\n");

    std::vector<std::string> tasks;
    const PhaseEnd access = must(
        play(rig, ProvisionPhase::access, [&](const std::string& task) { tasks.push_back(task); }));
    CHECK(access.changed > 0);
    CHECK(std::ranges::find(tasks, "the firewall is on") != tasks.end());
    CHECK(must(play(rig, ProvisionPhase::access)).changed == 0);
    CHECK(provisioner->reach(rig.target, {}).has_value());
    CHECK(provisioner->give_key(rig.target, tests::Server::kPassword, {}).error().kind ==
          ErrorKind::permission);
    CHECK_THAT(server.run("ufw status verbose"), ContainsSubstring("deny (incoming)"));

    const PhaseEnd software = must(play(rig, ProvisionPhase::software));
    CHECK(software.changed > 0);
    CHECK(must(play(rig, ProvisionPhase::software)).changed == 0);
    CHECK(server.run("stat -c '%U %G %a' /opt/services") == "root deploy 3770\n");
    CHECK_THAT(server.run("id -nG deploy"), ContainsSubstring("docker"));
    CHECK_THAT(server.run("cat /etc/default/prometheus-node-exporter"),
               ContainsSubstring("127.0.0.1:9100"));
    CHECK_THAT(server.run("ufw status"), ContainsSubstring("443/tcp"));
    ProvisionTarget deploy = rig.target;
    deploy.user = "deploy";
    CHECK(provisioner->reach(deploy, {}).has_value());
    CHECK(rig.nothing_left());
}

TEST_CASE("provision: a server that shows another host key is not spoken to") {
    tests::Server& server = fresh_server();
    Rig rig(server.port());
    const auto provisioner = rig.provisioner();
    REQUIRE(provisioner->give_key(rig.target, tests::Server::kPassword, {}).has_value());
    REQUIRE(provisioner->reach(rig.target, {}).has_value());
    (void)server.run(
        "rm /etc/ssh/ssh_host_* && ssh-keygen -A >/dev/null && kill -HUP $(cat /run/sshd.pid)");
    // While sshd starts again the server cannot be reached at all, which is another error.
    tests::eventually("the new host key", [&] {
        const auto other = provisioner->reach(rig.target, {});
        return !other && other.error().kind == ErrorKind::conflict &&
               other.error().field == "host_key";
    });
    CHECK(play(rig, ProvisionPhase::access).error().field == "host_key");
    // A reinstallation was requested.
    REQUIRE(provisioner->forget_host(rig.target.server_id).has_value());
    CHECK(provisioner->reach(rig.target, {}).has_value());
}

TEST_CASE("provision: a server that goes away in the middle, and comes back") {
    tests::Server& server = fresh_server();
    Rig rig(server.port());
    REQUIRE(rig.provisioner()->give_key(rig.target, tests::Server::kPassword, {}).has_value());
    const auto gone = play(rig, ProvisionPhase::access, [&](const std::string& task) {
        if (task == "nobody logs in with a password") server.go_away();
    });
    REQUIRE_FALSE(gone.has_value());
    INFO(gone.error().describe());
    CHECK(gone.error().kind == ErrorKind::transient);
    CHECK_THAT(gone.error().message, ContainsSubstring("went away at"));
    CHECK(rig.provisioner()->reach(rig.target, {}).error().kind == ErrorKind::transient);
    server.come_back();
    CHECK(must(play(rig, ProvisionPhase::access)).changed > 0);
    CHECK(must(play(rig, ProvisionPhase::access)).changed == 0);
}

TEST_CASE("provision: a play that is stopped in the middle leaves nothing, and is taken up again") {
    tests::Server& server = fresh_server();
    Rig rig(server.port());
    REQUIRE(rig.provisioner()->give_key(rig.target, tests::Server::kPassword, {}).has_value());
    std::stop_source stop;
    const auto cut = rig.provisioner()->run(
        rig.target, ProvisionPhase::access,
        [&](const std::string& task) {
            if (task == "our key may log in") stop.request_stop();
        },
        stop.get_token());
    CHECK(cut.error().kind == ErrorKind::transient);
    CHECK(rig.nothing_left());
    CHECK(provision::marked_processes("ORCH_PROVISION_RUN=" + rig.target.server_id).empty());
    CHECK(must(play(rig, ProvisionPhase::access)).changed > 0);
    CHECK(must(play(rig, ProvisionPhase::access)).changed == 0);
}

TEST_CASE("provision: a play that hangs is killed with all its processes at its limit") {
    tests::Server& server = fresh_server();
    Rig rig(server.port());
    rig.settings.access_limit = 500ms;
    // Like Ansible's own workers, one process leaves the group.
    rig.settings.ansible = script(rig, "setsid sleep 1000 & sleep 1000\n");
    const auto late = play(rig, ProvisionPhase::access);
    CHECK(late.error().kind == ErrorKind::timed_out);
    CHECK(provision::marked_processes("ORCH_PROVISION_RUN=" + rig.target.server_id).empty());
    CHECK(rig.nothing_left());
}

TEST_CASE("provision: 100 MB of output are read and not kept") {
    tests::Server& server = fresh_server();
    Rig rig(server.port());
    rig.settings.ansible =
        script(rig,
               "yes '{\"event\":\"task\",\"task\":\"' | head -c 100000000\necho\n"
               "echo '{\"event\":\"stats\",\"ok\":3,\"changed\":1}'\n");
    struct rusage before{}, after{};
    REQUIRE(::getrusage(RUSAGE_SELF, &before) == 0);
    const PhaseEnd end = must(play(rig, ProvisionPhase::access));
    REQUIRE(::getrusage(RUSAGE_SELF, &after) == 0);
    CHECK(end.changed == 1);
    CHECK(after.ru_maxrss - before.ru_maxrss < 20 * 1024);
    rig.settings.ansible = script(rig, "echo words >&2; exit 4\n");
    CHECK_THAT(play(rig, ProvisionPhase::access).error().message,
               ContainsSubstring("ended with 4 and no word on its tasks: words"));
}

TEST_CASE("provision: the private key is in the store, sealed, and nowhere else") {
    tests::Server& server = fresh_server();
    Rig rig(server.port());
    const auto line = rig.provisioner()->public_key();
    REQUIRE(line.has_value());
    CHECK(rig.provisioner()->public_key().value() == *line);
    const auto kept = server_access::find_key(*rig.db, "ssh");
    REQUIRE(kept.value().has_value());
    CHECK((*kept)->private_key.find("PRIVATE KEY") == std::string::npos);
    CHECK(rig.nothing_left());
}

TEST_CASE("provision: an address or a user that is an expression, or an option, is refused") {
    Rig rig(22);
    rig.target.address = "{{ lookup('pipe', 'id') }}";
    CHECK(play(rig, ProvisionPhase::access).error().field == "ip_address");
    rig.target.address = "-oProxyCommand=id";
    CHECK(rig.provisioner()->reach(rig.target, {}).error().field == "ip_address");
    rig.target.address = "127.0.0.1";
    rig.target.user = "{{ 1 }}";
    CHECK(play(rig, ProvisionPhase::access).error().field == "ssh_user");
}

TEST_CASE("provision: Ansible that is not there is said with what to do") {
    CHECK(check_ansible("/nowhere/ansible-playbook").error().field == "ANSIBLE_PLAYBOOK");
}
