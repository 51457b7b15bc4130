#include "tests/service/wrapper/worker_house.h"

#include "contracts/base/id.h"
#include "contracts/streams/publisher.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tests {

namespace {

// A uid unique on this machine, so that every process with it belongs to this test.
uid_t private_uid() {
    std::uint32_t number = 0;
    contracts::fill_random(std::as_writable_bytes(std::span(&number, 1)));
    return 1'000'000'000U + number % 1'000'000'000U;
}

}  // namespace

WorkerHouse::WorkerHouse(std::string worker_type, std::string redis_url)
    : worker_type_(std::move(worker_type)),
      uid_(::geteuid() == 0 ? private_uid() : ::geteuid()),
      redis_url_(std::move(redis_url)) {
    if (redis_url_.empty()) redis_url_ = redis_.emplace(RedisOptions{.durable = true}).url();
    ::chmod(directory_.text().c_str(), 0711);
    own_directory("workspace");
    own_directory("home");
    ::mkdir((directory_ / "state").c_str(), 0700);
    environment_ = {
        {"WORKER_ID", "w-1"},
        {"WORKER_TYPE", worker_type_},
        {"AGENT_TYPE", "custom"},
        {"REDIS_URL", redis_url_},
        {"STATE_DIR", directory_ / "state"},
        {"WORKSPACE_DIR", workspace()},
        {"AGENT_HOME", directory_ / "home"},
        {"ORCHESTRATOR_SOCKET", directory_ / "agent.sock"},
        {"ORCHESTRATOR_BIN", program_directory()},
        {"AGENT_UID", std::to_string(uid_)},
        {"RELAY_PORTS", "any"},
    };
    if (worker_type_ == "developer") environment_["TASK_ID"] = "t-1";
}

void WorkerHouse::own_directory(const std::string& name) const {
    const std::string path = directory_ / name;
    ::mkdir(path.c_str(), 0755);
    if (::chown(path.c_str(), uid_, uid_) != 0 && ::geteuid() == 0)
        throw std::runtime_error("chown " + path);
}

WorkerHouse& WorkerHouse::agent(std::string line) {
    return set("AGENT_COMMAND", std::move(line));
}

WorkerHouse& WorkerHouse::set(std::string name, std::string value) {
    environment_[std::move(name)] = std::move(value);
    return *this;
}

WorkerHouse& WorkerHouse::with_accounts(const std::string& text) {
    const std::string file = directory_.write("accounts", text);
    before_ = {"/usr/bin/unshare", "--mount", "/bin/sh", "-c",
               "mount --bind " + file + R"( /etc/passwd && exec "$0")"};
    return *this;
}

ChildProcess WorkerHouse::start() const {
    std::vector<std::string> argv = before_;
    argv.push_back(program("worker-wrapper"));
    return ChildProcess(ChildOptions{
        .argv = std::move(argv), .environment = environment_, .inherit_environment = false});
}

Finished WorkerHouse::run_to_end(std::chrono::milliseconds limit) const {
    ChildProcess worker = start();
    const ChildEnd end = worker.must_end(limit);
    return Finished{end, worker.output(), worker.error_output()};
}

std::string WorkerHouse::give(const std::string& request_id, const std::string& prompt,
                              int timeout_seconds) {
    contracts::Json message = {{"request_id", request_id},
                               {"prompt", prompt},
                               {"timeout", timeout_seconds},
                               {"timestamp", "2026-01-10T12:00:00Z"}};
    if (worker_type_ == "po")
        message["user_id"] = "u-1";
    else
        message.update({{"task_id", "t-1"}, {"project_id", "p-1"}});
    return give_raw(message.dump());
}

std::string WorkerHouse::give_raw(const std::string& data) {
    contracts::Connection connection = connect();
    return must(contracts::publish_data(connection, input_stream(), data));
}

std::string WorkerHouse::input_stream() const {
    return "worker:" + worker_type_ + ":w-1:input";
}

std::string WorkerHouse::output_stream() const {
    return worker_type_ == "po" ? "worker:po:w-1:output" : "worker:developer:output";
}

contracts::Connection WorkerHouse::connect() const {
    return must(contracts::Connection::dial(must(contracts::RedisAddress::parse(redis_url_))));
}

std::vector<contracts::Json> WorkerHouse::read(const std::string& stream) const {
    contracts::Connection connection = connect();
    const contracts::Reply reply = must(connection.command({"XRANGE", stream, "-", "+"}));
    std::vector<contracts::Json> messages;
    for (std::size_t i = 0; i < reply.view().size(); ++i)
        messages.push_back(contracts::Json::parse(reply.view()[i][1][1].text()));
    return messages;
}

std::int64_t WorkerHouse::pending() const {
    contracts::Connection connection = connect();
    return must(connection.command({"XPENDING", input_stream(), "workers"})).view()[0].integer();
}

std::string WorkerHouse::status(const std::string& field) const {
    contracts::Connection connection = connect();
    return std::string(
        must(connection.command({"HGET", "worker:status:w-1", field})).view().text());
}

std::string WorkerHouse::get(const std::string& key) const {
    contracts::Connection connection = connect();
    return std::string(must(connection.command({"GET", key})).view().text());
}

int WorkerHouse::agents_alive() const {
    int alive = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::ifstream status(entry.path() / "status");
        bool theirs = false;
        bool living = true;
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("State:") && line.find('Z') != std::string::npos) living = false;
            if (line.starts_with("Uid:\t" + std::to_string(uid_) + "\t")) theirs = true;
        }
        if (theirs && living) ++alive;
    }
    return alive;
}

std::string WorkerHouse::in_workspace(const std::string& name) const {
    std::ifstream file(workspace() + "/" + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace tests
