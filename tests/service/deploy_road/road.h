// A whole deployment with a real daemon, for tests: from a task to a URL that answers.
#pragma once

#include "contracts/base/json.h"
#include "contracts/streams/connection.h"
#include "control/forge/forge.h"
#include "tests/support/daemon.h"
#include "tests/support/eventually.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deploy_road {

using contracts::Json;

// A daemon that deploys, with one project. The destructor stops the deployment.
class Road {
public:
    // `project`: the body that creates it; it may name a repository that exists already.
    explicit Road(std::map<std::string, std::string> environment,
                  const Json& project = {{"name", "greeter"}});
    ~Road();

    void kill_daemon() { (void)daemon_.kill(); }
    void start_daemon();
    [[nodiscard]] const tests::Daemon& daemon() const { return daemon_; }

    // The answer of the API; throws if it is an error.
    Json made(const std::string& method, const std::string& target, const Json& body);
    Json read(const std::string& target) { return Json::parse(daemon_.ask("GET", target).body); }

    // Makes a commit on the default branch and records its tests as passed.
    std::string tested_commit(const std::map<std::string, std::string>& files);

    // Records the tests of an existing commit as passed.
    void passed_tests(const std::string& commit);
    // The head of the default branch; empty if there is no repository.
    std::string head();

    // Starts a task as `orchestrator deploy …` does; returns its id.
    std::string begin_task(const std::string& spec, const std::string& type = "deploy");
    Json wait_task(const std::string& id);
    Json run_task(const std::string& spec = {}) { return wait_task(begin_task(spec)); }

    // Runs the program `orchestrator` as an administrator and returns its reply.
    Json orchestrator(std::vector<std::string> words);

    // The notices of this kind, oldest first.
    std::vector<Json> notices(const std::string& kind);
    // The reports about the task so far, in the order of the stream.
    std::string progress(const std::string& task);

    [[nodiscard]] const std::string& project() const { return project_; }

private:
    // Connects to the daemon's Redis, which ends with the daemon.
    void connect();
    std::vector<Json> messages(const std::string& stream);

    tests::Daemon daemon_;
    std::unique_ptr<control::Forge> forge_;
    std::optional<contracts::Connection> redis_;
    std::string project_;
    std::string repository_;
};

// A daemon that deploys by "process" or "docker". Skips the test if there is no engine.
[[nodiscard]] std::map<std::string, std::string> environment_of(const std::string& runtime);

// "<status> <body>"
[[nodiscard]] std::string get(const std::string& url);

// A project whose server answers with this word and its environment; it needs API_TOKEN.
[[nodiscard]] std::map<std::string, std::string> greeter(const std::string& word);

}  // namespace deploy_road
