#include "fleet.h"

#include "contracts/streams/entry.h"
#include "tests/support/eventually.h"
#include "tests/support/programs.h"
#include "tests/support/within_reach.h"

#include <sys/stat.h>
#include <unistd.h>
#include <fstream>
#include <stdexcept>

namespace fleet_tests {

namespace {

constexpr const char* kPassword = "admin-password";
constexpr const char* kRoles = "api,workers,graphs,chat,scaffolder,deployer,infra,scheduler,web";
constexpr std::uint32_t kUsersOfADaemon = 1'100;  // room for running and ended workers

// A developer that commits a Makefile. It retries its push while its daemon is down.
constexpr const char* kDeveloper = R"(
printf 'test:\n\t@echo tested\n' >Makefile
git add Makefile
git -c user.name=a -c user.email=a@b commit -qm "A Makefile"
tries=0
until git push -q origin HEAD; do
    tries=$((tries + 1))
    [ $tries -lt 300 ] || exit 1
    sleep 0.1
done
)";

template <class T>
T must(contracts::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    return std::move(*result);
}

std::uint32_t first_uid(std::size_t index) {
    const auto test = static_cast<std::uint32_t>(::getpid() % 4);
    return 220'000 + (test * Fleet::kSize + static_cast<std::uint32_t>(index)) * kUsersOfADaemon;
}

// Only the first daemon of a store creates a token.
void hand_token(const tests::Daemon& from, const tests::Daemon& to) {
    const std::string token = tests::read_file(from.data() + "/token");
    ::mkdir(to.data().c_str(), 0711);
    const std::string file = to.data() + "/token";
    std::ofstream(file) << token;
    ::chmod(file.c_str(), 0600);
}

}  // namespace

Fleet::Fleet() : database_(postgres_.make_schema()) {
    ::chmod(shared_.text().c_str(), 0711);
    contracts::Connection open =
        must(contracts::Connection::dial(must(contracts::RedisAddress::parse(redis_.url()))));
    must(open.command({"CONFIG", "SET", "requirepass", kPassword}));
    bus_ = "unix://:" + std::string(kPassword) + "@" + redis_.socket();
    programs_ = tests::within_reach(ORCH_BIN_DIR, shared_ / "programs");
    for (std::size_t i = 0; i < kSize; ++i) {
        daemons_[i] = std::make_unique<tests::Daemon>(environment(i));
        if (i > 0) hand_token(*daemons_[0], *daemons_[i]);
        daemons_[i]->start();
    }
}

std::map<std::string, std::string> Fleet::environment(std::size_t index) const {
    const Json developer{{"AGENT_COMMAND", Json{"/bin/sh", "-ec", kDeveloper}.dump()},
                         {"AGENT_VERDICT", "exit_code"}};
    return {{"ROLES", kRoles},
            {"DATABASE_URL", database_},
            {"REDIS_URL", bus_},
            {"SECRETS_KEY_FILE", shared_ / "secrets.key"},
            {"FORGE_DIR", shared_ / "forge"},
            {"WORKER_BIN_DIR", programs_},
            {"WORKER_FIRST_UID", std::to_string(first_uid(index))},
            {"DEVELOPER_AGENT", "custom"},
            {"DEVELOPER_ENV", developer.dump()},
            {"SCAFFOLD", "false"},
            {"ACCESS_LOG", "false"}};
}

Json Fleet::ask(std::size_t index, const std::string& method, const std::string& target,
                const Json& body) {
    const tests::HttpResponse answer =
        daemon(index).ask(method, target, body.is_null() ? std::string() : body.dump());
    if (answer.status / 100 != 2) throw std::runtime_error(target + ": " + answer.body);
    return must(contracts::parse_json(answer.body));
}

std::string Fleet::begin_task(std::size_t index, const std::string& name) {
    const tests::Finished done =
        tests::run({.argv = {tests::program("orchestrator"), "project", "create", "--name", name,
                             "--start", "--spec", "Has a Makefile."},
                    .environment = daemon(index).access()});
    if (!done.end.success()) throw std::runtime_error("project create: " + done.output);
    return must(contracts::parse_json(done.output)).at("data").at("task").at("id");
}

Json Fleet::await_end(const std::string& task) {
    Json row;
    tests::eventually(
        "the end of task " + task,
        [&] {
            row = ask(0, "GET", "/api/tasks/" + task);
            return row.at("status") == "completed" || row.at("status") == "failed";
        },
        std::chrono::minutes{3});
    return row;
}

contracts::Connection Fleet::redis() const {
    return must(contracts::Connection::dial(must(contracts::RedisAddress::parse(bus_))));
}

std::vector<Json> Fleet::messages(const std::string& stream) const {
    contracts::Connection connection = redis();
    const contracts::Reply reply = must(connection.command({"XRANGE", stream, "-", "+"}));
    contracts::Entries entries;
    contracts::read_entries(stream, reply.view(), entries);
    std::vector<Json> messages;
    for (const contracts::Entry& entry : entries.present)
        messages.push_back(must(contracts::parse_json(entry.data)));
    return messages;
}

std::vector<std::string> Fleet::keys(const std::string& pattern) const {
    contracts::Connection connection = redis();
    const contracts::Reply reply = must(connection.command({"KEYS", pattern}));
    std::vector<std::string> found;
    for (std::size_t i = 0; i < reply.view().size(); ++i)
        found.emplace_back(reply.view()[i].text());
    return found;
}

std::string Fleet::git(const std::string& repository, std::vector<std::string> arguments) const {
    std::vector<std::string> argv{"git", "--git-dir", shared_ / ("forge/" + repository)};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return tests::run_successfully({.argv = std::move(argv)});
}

}  // namespace fleet_tests
