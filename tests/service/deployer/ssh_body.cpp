#include "bodies.h"

#include "control/store/servers.h"
#include "tests/support/server/site_or_skip.h"

#include <sys/stat.h>
#include <catch2/catch_test_macros.hpp>

namespace deployer_tests {

SshBody::SshBody() : here_(shared_engine()), base_(base_image(here_)) {
    const tests::Site& there = tests::site_or_skip();
    auto opened = control::open_sqlite(directory_ / "a.db");
    if (!opened) throw std::runtime_error(opened.error().describe());
    database_ = std::move(*opened);
    vault_ = control::Vault::make_key(directory_ / "key").value();
    const std::string runs = directory_ / "ssh";
    if (::mkdir(runs.c_str(), 0700) != 0) throw std::runtime_error("no directory for ssh");
    access_.emplace(runs, *database_, *vault_, clock_);
    target_ = {.server_id = "server-1",
               .handle = "web-1",
               .address = there.address,
               .port = 22,
               .user = "deploy"};
    REQUIRE(database_
                ->transaction([&](control::Transaction& tx) {
                    contracts::Server server;
                    server.id = server.handle = server.name = server.provider_id =
                        target_.server_id;
                    server.ip_address = target_.address;
                    return control::servers::insert(tx, server, clock_.now());
                })
                .has_value());
    const auto key = access_->key();
    REQUIRE(key.has_value());
    there.let_in(key->public_key);
}

SshBody::~SshBody() {
    stop_all(*make_deployer());
}

std::string SshBody::host() const {
    return target_.address;
}

std::unique_ptr<control::Deployer> SshBody::make_deployer() {
    return control::make_ssh_deployer(
        {.owner = "suite-" + key_,
         .directory = directory_ / "deployments",
         .target = target_,
         .build_network = "none",
         .engine = here_.socket(),
         .run_image = [this](const std::vector<std::string>&,
                             std::stop_token) -> contracts::Result<std::string> {
             return base_;
         }},
        *access_, *forge_, http_);
}

std::shared_ptr<void> SshBody::take_port(std::uint16_t port) const {
    return tests::site_or_skip().run_python(
        "import signal, socket, sys\ns = socket.create_server(('', int(sys.argv[1])))\n"
        "print('taken', flush=True)\nsignal.pause()",
        port);
}

void SshBody::lose_front(const std::string& key) const {
    CHECK(tests::site_or_skip()
              .engine.ask("POST", "/containers/deploy-" + key + "-front/kill")
              .status == 204);
}

std::string SshBody::containers() const {
    return tests::site_or_skip()
        .engine
        .ask("GET",
             "/containers/json?all=1&filters=%7B%22name%22%3A%5B%22deploy-" + key_ + "%22%5D%7D")
        .body;
}

}  // namespace deployer_tests
