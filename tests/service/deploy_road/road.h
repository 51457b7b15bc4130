// The whole road of a deployment with a real daemon, for tests: from a task to a URL that answers.
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

// A daemon that deploys, and one project in it. Stops the deployment when it goes.
class Road {
public:
    // `project`: as it is made; one with a repository of its own has that.
    explicit Road(std::map<std::string, std::string> environment,
                  const Json& project = {{"name", "greeter"}});
    ~Road();

    void kill_daemon() { (void)daemon_.kill(); }
    void start_daemon();
    [[nodiscard]] const tests::Daemon& daemon() const { return daemon_; }

    // What the API answers; a refusal throws.
    Json made(const std::string& method, const std::string& target, const Json& body);
    Json read(const std::string& target) { return Json::parse(daemon_.ask("GET", target).body); }

    // A commit on the default branch whose tests have passed, as the engineering graph says it.
    std::string tested_commit(const std::map<std::string, std::string>& files);

    // The same of a commit that is there.
    void passed_tests(const std::string& commit);
    // The default branch's head; empty: there is no repository.
    std::string head();

    // As `orchestrator deploy …` does it; the task's id.
    std::string begin_task(const std::string& spec, const std::string& type = "deploy");
    Json wait_task(const std::string& id);
    Json run_task(const std::string& spec = {}) { return wait_task(begin_task(spec)); }

    // What the program `orchestrator` answers an administrator.
    Json orchestrator(std::vector<std::string> words);

    // The notices of this kind, oldest first.
    std::vector<Json> notices(const std::string& kind);
    // What was told of the task so far, as it is on the stream.
    std::string progress(const std::string& task);

    [[nodiscard]] const std::string& project() const { return project_; }

private:
    // The daemon's Redis, which ends with it.
    void connect();
    std::vector<Json> messages(const std::string& stream);

    tests::Daemon daemon_;
    std::unique_ptr<control::Forge> forge_;
    std::optional<contracts::Connection> redis_;
    std::string project_;
    std::string repository_;
};

// Of a daemon that deploys by "process" or "docker". Skips the test where there is no engine.
[[nodiscard]] std::map<std::string, std::string> environment_of(const std::string& runtime);

// "<status> <body>"
[[nodiscard]] std::string get(const std::string& url);

// The files of a project that answers with this word and its environment; it needs API_TOKEN.
[[nodiscard]] std::map<std::string, std::string> greeter(const std::string& word);

}  // namespace deploy_road
