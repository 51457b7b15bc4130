#include "contracts/streams/answer.h"
#include "contracts/streams/dead_letter.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "control/redis/worker_logins.h"
#include "tests/service/redis/bus_user.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <map>
#include <set>

using namespace contracts;
using namespace tests;
using control::WorkerAccess;
using control::WorkerLogins;

namespace {

constexpr std::string_view kPassword = "admin-password";

struct Bus {
    RedisServer server{};
    RedisAddress admin_address{};
    Bus() {
        Connection open = must(Connection::dial(must(RedisAddress::parse(server.url()))));
        must(open.command({"CONFIG", "SET", "requirepass", kPassword}));
        admin_address =
            must(RedisAddress::parse("unix://:" + std::string(kPassword) + "@" + server.socket()));
    }
    Connection admin() const { return must(Connection::dial(admin_address)); }
};

const WorkerAccess kDeveloper{.worker_id = "w-1", .task_id = "t-1"};
const WorkerAccess kFreeDeveloper{.worker_id = "w-1"};
const WorkerAccess kProductOwner{
    .worker_id = "w-1", .type = WorkerType::po, .allowed_commands = {"project.*", "engineering.*"}};

// Every key of the contract as seen by worker w-1: its own, another worker's, shared ones.
const std::vector<std::string> kKeys{
    "worker:developer:w-1:input",
    "worker:developer:w-2:input",
    "worker:developer:w-1:input:dlq",
    "worker:developer:w-2:input:dlq",
    "worker:developer:input",
    "worker:developer:input:dlq",
    "worker:developer:output",
    "worker:developer:output:dlq",
    "worker:po:w-1:input",
    "worker:po:w-1:input:dlq",
    "worker:po:w-1:output",
    "worker:po:w-2:input",
    "worker:po:w-2:output",
    "worker:lifecycle",
    "worker:commands",
    "worker:responses:po",
    "worker:responses:developer",
    "worker:creation_queue",
    "worker:status:w-1",
    "worker:status:w-2",
    "worker:session:w-1",
    "worker:session:w-2",
    "worker:heartbeat:w-1",
    "worker:heartbeat:w-2",
    "worker:answered:r-1",
    "worker:image:h",
    "session:u-1",
    "task_progress:t-1",
    "task_progress:t-2",
    "engineering:queue",
    "engineering:queue:dlq",
    "deploy:queue",
    "graphs:commands",
    "scaffolder:queue",
    "scaffolder:results",
    "provisioner:queue",
    "provisioner:results",
    "workflow:status",
    "any",
};

using Table = std::map<std::string, std::set<std::string>>;  // from key to commands

const std::set<std::string> kReading{"xgroup|create", "xreadgroup", "xack",  "xautoclaim",
                                     "xclaim",        "xpending",   "watch", "type"};
const std::set<std::string> kAdding{"xadd", "watch", "type"};
const std::set<std::string> kAddingForAWhile{"xadd", "expire", "watch", "type"};

Table own_keys() {
    return {{"worker:lifecycle", {"xadd", "watch", "type"}},
            {"worker:status:w-1", {"hset", "hget", "hgetall", "hdel", "watch", "type"}},
            {"worker:session:w-1", {"get", "set", "del", "expire"}},
            {"worker:heartbeat:w-1", {"set", "del"}},
            {"worker:answered:r-1", {"watch", "exists", "get", "set"}}};
}

Table table_of_developer() {
    Table table = own_keys();
    table["worker:developer:w-1:input"] = kReading;
    table["worker:developer:w-1:input:dlq"] = kAddingForAWhile;
    table["worker:developer:output"] = kAdding;
    table["task_progress:t-1"] = kAddingForAWhile;
    return table;
}

Table table_of_free_developer() {
    Table table = table_of_developer();
    table.erase("task_progress:t-1");
    table["worker:developer:input"] = kReading;
    table["worker:developer:input:dlq"] = kAddingForAWhile;
    return table;
}

Table table_of_product_owner() {
    Table table = own_keys();
    table["worker:po:w-1:input"] = kReading;
    table["worker:po:w-1:input:dlq"] = kAddingForAWhile;
    table["worker:po:w-1:output"] = {"xadd", "expire", "xrange", "watch", "type"};
    table["engineering:queue"] = kAdding;
    table["graphs:commands"] = kAdding;
    table["task_progress:t-1"] = {"xread", "xrange"};
    table["task_progress:t-2"] = {"xread", "xrange"};
    return table;
}

// Redis lets every connection use these, whatever the rules, since a client must be able to
// authenticate.
const std::set<std::string> kAlwaysOpen{"auth", "hello", "quit", "reset"};
const std::set<std::string> kKeyless{"ping", "multi", "exec", "discard", "unwatch"};

struct ServerCommand {
    std::string name;        // "get", "xgroup|create"
    std::int64_t arity = 0;  // negative: at least
    std::int64_t first_key = 0;
};

void collect(ReplyView list, std::vector<ServerCommand>& into) {
    constexpr std::size_t kSubcommands = 9;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const ReplyView one = list[i];
        if (one[kSubcommands].size() > 0)
            collect(one[kSubcommands], into);
        else
            into.push_back({std::string(one[0].text()), one[1].integer(), one[3].integer()});
    }
}

std::vector<ServerCommand> all_commands(Connection& admin) {
    std::vector<ServerCommand> commands;
    const Reply reply = must(admin.command({"COMMAND"}));
    collect(reply.view(), commands);
    return commands;
}

// The command with `key` in the position of its key and placeholders elsewhere.
OwnedCommand call(const ServerCommand& command, const std::string& key) {
    if (command.name == "xreadgroup")
        return {"xreadgroup", "GROUP", "workers", "w-1", "STREAMS", key, ">"};
    if (command.name == "xread") return {"xread", "STREAMS", key, "0"};
    OwnedCommand words;
    const std::size_t bar = command.name.find('|');
    words.push_back(command.name.substr(0, bar));
    if (bar != std::string::npos) words.push_back(command.name.substr(bar + 1));
    const auto count = static_cast<std::size_t>(std::abs(command.arity));
    while (words.size() < std::max(count, static_cast<std::size_t>(command.first_key) + 1))
        words.push_back("1");
    if (command.first_key > 0) words[static_cast<std::size_t>(command.first_key)] = key;
    return words;
}

bool allowed(Connection& admin, const OwnedCommand& words) {
    OwnedCommand question{"ACL", "DRYRUN", control::worker_user("w-1")};
    question.insert(question.end(), words.begin(), words.end());
    const Reply answer = must(admin.command(question));
    if (answer.view().text() == "OK") return true;
    CHECK(answer.view().text().find("no permissions") != std::string_view::npos);
    return false;
}

void check_table(const WorkerAccess& access, const Table& table) {
    Bus bus;
    WorkerLogins logins(bus.admin_address);
    const UniqueFd door = must(logins.dial_as_worker(access));
    Connection admin = bus.admin();
    std::size_t keyed = 0;
    for (const ServerCommand& command : all_commands(admin)) {
        const bool movable = command.name == "xread" || command.name == "xreadgroup";
        if (command.first_key == 0 && !movable) {
            INFO(command.name);
            CHECK(allowed(admin, call(command, {})) ==
                  (kKeyless.contains(command.name) || kAlwaysOpen.contains(command.name)));
            continue;
        }
        ++keyed;
        for (const std::string& key : kKeys) {
            const auto row = table.find(key);
            const bool expected = row != table.end() && row->second.contains(command.name);
            INFO(command.name << ' ' << key);
            CHECK(allowed(admin, call(command, key)) == expected);
        }
    }
    CHECK(keyed > 150);
}

// The worker's end of the forwarded connection.
std::string say(const UniqueFd& fd, std::string_view line) {
    const std::string bytes = std::string(line) + "\r\n";
    REQUIRE(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
    pollfd ready{fd.get(), POLLIN, 0};
    REQUIRE(::poll(&ready, 1, 10'000) == 1);
    std::string reply(4096, '\0');
    const ssize_t count = ::recv(fd.get(), reply.data(), reply.size(), 0);
    reply.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return reply;
}

// Our own client, connected as the worker's user.
Connection as_worker(const Bus& bus, const WorkerAccess& access) {
    Connection admin = bus.admin();
    OwnedCommand command{"ACL", "SETUSER", control::worker_user(access.worker_id)};
    for (const std::string& rule : must(control::worker_acl(access)))
        command.push_back(rule);
    command.push_back(">pw");
    must(admin.command(command));
    RedisAddress address = bus.admin_address;
    address.user = control::worker_user(access.worker_id);
    address.password = "pw";
    return must(Connection::dial(address));
}

}  // namespace

TEST_CASE("a developer with a task may do exactly what the table says") {
    check_table(kDeveloper, table_of_developer());
}

TEST_CASE("a developer without a task may do exactly what the table says") {
    check_table(kFreeDeveloper, table_of_free_developer());
}

TEST_CASE("a product owner may do exactly what the table says") {
    check_table(kProductOwner, table_of_product_owner());
}

TEST_CASE("a worker's whole life is within its rules") {
    Bus bus;
    Connection admin = bus.admin();
    const std::string input = names::developer_input("w-1");
    must(publish_data(admin, input, "{}"));
    Connection worker = as_worker(bus, kDeveloper);
    must(worker.command({"XGROUP", "CREATE", input, "workers", "0", "MKSTREAM"}));
    must(worker.command({"XAUTOCLAIM", input, "workers", "w-1", "0", "0"}));
    const Reply read =
        must(worker.command({"XREADGROUP", "GROUP", "workers", "w-1", "STREAMS", input, ">"}));
    const Entries entries = read_streams(read.view());
    REQUIRE(entries.present.size() == 1);
    must(worker.command({"SET", names::worker_heartbeat("w-1"), "1", "EX", "30"}));
    must(publish_data(worker, names::task_progress("t-1"), "{}"));
    Answer answer;
    answer.request_id = "r-1";
    answer.output_stream = names::kDeveloperOutput;
    answer.output = "{}";
    answer.also = {publish_command(names::kWorkerLifecycle, "{}"),
                   {"HSET", names::worker_status("w-1"), "status", "COMPLETED"}};
    const Claim claim{input, "workers", "w-1", entries.present[0].id};
    CHECK(must(answer_once(worker, answer, &claim)) == AnswerOutcome::published);
    CHECK(must(answer_once(worker, answer, &claim)) == AnswerOutcome::already);
    const Error foreign{ErrorKind::invalid, "x"};
    CHECK(worker.transaction(refuse_commands(entries.present[0], "workers", "test", foreign, {})));
    const auto denied = worker.command({"XREADGROUP", "GROUP", "workers", "w-1", "STREAMS", input,
                                        names::developer_input("w-2"), ">", ">"});
    REQUIRE(!denied);
    CHECK(denied.error().kind == ErrorKind::permission);
}

TEST_CASE("the door opens as the worker, in the bus's database, and leads nowhere else") {
    Bus bus;
    RedisAddress third = bus.admin_address;
    third.database = 3;
    WorkerLogins logins(third);
    const UniqueFd door = must(logins.dial_as_worker(kDeveloper));
    CHECK(say(door, "PING") == "+PONG\r\n");
    CHECK(say(door, "SET worker:heartbeat:w-1 here").starts_with("+OK"));
    Connection admin = must(Connection::dial(third));
    CHECK(must(admin.command({"GET", "worker:heartbeat:w-1"})).view().text() == "here");
    for (const char* escape :
         {"SELECT 0", "ACL WHOAMI", "CLIENT LIST", "EVAL return(1) 0", "KEYS *", "CONFIG GET *",
          "MONITOR", "SUBSCRIBE x", "FLUSHALL", "SHUTDOWN"}) {
        INFO(escape);
        CHECK(say(door, escape).starts_with("-NOPERM"));
    }
    CHECK(say(door, "AUTH default guess").starts_with("-WRONGPASS"));
    CHECK(say(door, "PING") == "+PONG\r\n");
    CHECK(say(door, "RESET").starts_with("+RESET"));
    CHECK(say(door, "PING").starts_with("-NOAUTH"));
}

TEST_CASE("a worker may have several doors, and removing it closes them all") {
    Bus bus;
    WorkerLogins logins(bus.admin_address);
    const UniqueFd first = must(logins.dial_as_worker(kDeveloper));
    const UniqueFd second = must(logins.dial_as_worker(kDeveloper));
    CHECK(say(first, "PING") == "+PONG\r\n");
    CHECK(say(second, "PING") == "+PONG\r\n");
    must(logins.remove("w-1"));
    for (const UniqueFd* door : {&first, &second}) {
        pollfd closed{door->get(), POLLIN, 0};
        REQUIRE(::poll(&closed, 1, 10'000) == 1);
        char byte = 0;
        CHECK(::recv(door->get(), &byte, 1, 0) <= 0);
    }
}

TEST_CASE("a server is asked for itself whether it can hold workers in") {
    Bus bus;
    CHECK(WorkerLogins(bus.admin_address).check());
    Connection admin = bus.admin();
    must(admin.command({"ACL", "SETUSER", "narrow", "on", ">pw", "+ping"}));
    RedisAddress narrow = bus.admin_address;
    narrow.user = "narrow";
    narrow.password = "pw";
    const auto refused = WorkerLogins(narrow).check();
    REQUIRE(!refused);
    CHECK(refused.error().field == "REDIS_URL");
    CHECK(refused.error().next_step == "use Redis 7 or later, as a user that may manage ACLs");
}

TEST_CASE("a server whose default user needs no password is refused") {
    RedisServer server;
    WorkerLogins logins(must(RedisAddress::parse(server.url())));
    const auto door = logins.dial_as_worker(kDeveloper);
    REQUIRE(!door);
    CHECK(door.error().kind == ErrorKind::fatal);
    CHECK(door.error().next_step.find("requirepass") != std::string::npos);
    const auto checked = logins.check();
    REQUIRE(!checked);
    CHECK(checked.error().describe() == door.error().describe());
    Connection admin = must(Connection::dial(must(RedisAddress::parse(server.url()))));
    CHECK(must(admin.command({"ACL", "USERS"})).view().size() == 1);
}
