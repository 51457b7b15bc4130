#include "bodies.h"

#include "control/forge/github/github_forge.h"
#include "control/subprocess/subprocess.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>

namespace forge_tests {

using namespace control;

std::string run_in(const std::string& directory, const std::string& script) {
    SubprocessSpec spec{.argv = {"/bin/sh", "-ec", script}};
    spec.directory = directory;
    spec.environment = {"GIT_CONFIG_GLOBAL=/dev/null",
                        "GIT_AUTHOR_NAME=a",
                        "GIT_AUTHOR_EMAIL=a@b",
                        "GIT_COMMITTER_NAME=a",
                        "GIT_COMMITTER_EMAIL=a@b",
                        "GIT_CONFIG_COUNT=1",
                        "GIT_CONFIG_KEY_0=safe.directory",
                        "GIT_CONFIG_VALUE_0=*"};
    const auto end = run_subprocess(spec);
    REQUIRE(end.has_value());
    INFO(end->error_output);
    REQUIRE(end->exit_code == 0);
    return end->output;
}

namespace {

std::string commit_into(const std::string& root, const std::string& bare, const std::string& branch,
                        const std::string& script) {
    static int clones = 0;
    const std::string clone = root + "/clone" + std::to_string(clones++);
    run_in(root, "git clone -q -b " + branch + " '" + bare + "' '" + clone + "'");
    run_in(clone,
           script + "\ngit add -A; git commit -qm change; git push -q origin HEAD:" + branch);
    return run_in(clone, "git rev-parse HEAD").substr(0, 40);
}

}  // namespace

House::House() {
    ::chmod(root.text().c_str(), 0711);
}

std::string House::workspace(const std::string& name) {
    const std::string directory = root.text() + '/' + name;
    REQUIRE(::mkdir(directory.c_str(), 0700) == 0);
    if (::geteuid() == 0) REQUIRE(::chown(directory.c_str(), kWorkerUid, kWorkerUid) == 0);
    return directory;
}

std::string House::commit(const std::string& branch, const std::string& script,
                          const std::string& repository) {
    return commit_into(root.text(), bare(repository), branch, script);
}

std::string House::main_commit(const std::string& repository) const {
    return run_in(bare(repository), "git rev-parse refs/heads/main").substr(0, 40);
}

void House::furnish() {
    const auto made = forge->ensure_repository("shop", "A shop");
    INFO((made ? std::string() : made.error().describe()));
    REQUIRE(made.has_value());
    REQUIRE(forge->ensure_branch("shop", "task/1").has_value());
}

LocalHouse::LocalHouse() {
    forge = make_local_forge(root.text() + "/forge").value();
    furnish();
}

GithubHouse::GithubHouse(bool furnished) {
    client = std::make_unique<github::Client>(
        http, clock, github::AppKey::load(hub.key_file()).value(),
        github::ClientSettings{tests::GithubServer::kAppId, hub.api_url()});
    forge = make_forge("forge");
    if (furnished) furnish();
}

GithubHouse::~GithubHouse() {
    CHECK(hub.violations() == std::vector<std::string>());
    if (compares) CHECK(main_commit() == there("acme/shop"));
}

std::unique_ptr<Forge> GithubHouse::make_forge(const std::string& directory) {
    return make_github_forge(
        make_local_forge(root.text() + '/' + directory).value(), *client,
        {.owner = "acme", .git_url = hub.git_url()},
        contracts::Log(logged, contracts::LogLevel::debug, contracts::LogFormat::json, "test"));
}

std::string GithubHouse::commit_there(const std::string& full_name, const std::string& script,
                                      const std::string& branch) {
    return commit_into(root.text(), hub.repository(full_name), branch, script);
}

std::string GithubHouse::there(const std::string& full_name, const std::string& ref) const {
    return run_in(hub.repository(full_name), "git rev-parse " + ref).substr(0, 40);
}

}  // namespace forge_tests
