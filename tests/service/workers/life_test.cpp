#include "contracts/fields/write.h"
#include "contracts/streams/image_use.h"
#include "contracts/streams/names.h"
#include "tests/service/workers/world.h"
#include "tests/support/child_process.h"
#include "tests/support/http_request.h"

#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>

using namespace workers_tests;
using tests::eventually;

namespace {

struct Owned {
    unsigned mode;
    unsigned uid;
    friend bool operator==(const Owned&, const Owned&) = default;
};
std::ostream& operator<<(std::ostream& out, const Owned& owned) {
    return out << std::oct << owned.mode << std::dec << " of " << owned.uid;
}

Owned owned(const std::string& path) {
    struct stat there{};
    REQUIRE(::lstat(path.c_str(), &there) == 0);
    return {there.st_mode & 07777U, there.st_uid};
}

std::string hash_field(World& world, const std::string& id, const std::string& field) {
    return std::string(world.ask({"HGET", names::worker_status(id), field}).view().text());
}

std::vector<std::string> waiting(World& world) {
    const Reply list = world.ask({"LRANGE", "worker:creation_queue", "0", "-1"});
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < list.view().size(); ++i)
        ids.push_back(must(parse_json(list.view()[i].text())).at("request_id"));
    return ids;
}

}  // namespace

TEST_CASE("a create makes a worker with its places and doors, a delete takes all of it away") {
    World world;
    must(world.forge().ensure_repository("shop", "a shop"));
    must(world.forge().ensure_branch("shop", "task/t-1"));
    world.start_role();
    const std::string id = world.running(
        "until", {{"task_id", "t-1"}, {"repository", "shop"}, {"branch", "task/t-1"}});
    const std::string place = world.place(id);
    CHECK(world.status(id) == "running");
    CHECK(hash_field(world, id, "status") == "STARTING");
    CHECK(hash_field(world, id, "task_id") == "t-1");

    const bool root = ::geteuid() == 0;
    const unsigned ours = ::geteuid(), theirs = root ? 21'000 : ours;
    CHECK(owned(place) == Owned{0711, ours});
    CHECK(owned(place + "/control") == Owned{0700, ours});
    CHECK(owned(place + "/state") == Owned{0700, ours});
    CHECK(owned(place + "/home") == Owned{0700, theirs});
    CHECK(owned(place + "/workspace") == Owned{0700, theirs});
    CHECK(owned(place + "/workspace/AGENTS.md") == Owned{0644, theirs});
    CHECK(tests::read_file(place + "/workspace/AGENTS.md") == "Be brief.");
    const auto changes = tests::run_successfully(
        {.argv = {"git", "-c", "safe.directory=*", "-C", place + "/workspace", "status",
                  "--porcelain", "--branch"}});
    CHECK(changes == "## task/t-1...origin/task/t-1\n");

    CHECK(tests::http("unix://" + place + "/control/api.sock", {.target = "/"}).body ==
          '"' + id + '"');
    Connection bus =
        must(Connection::dial(must(RedisAddress::parse("unix://" + place + "/control/bus.sock"))));
    CHECK(must(bus.command({"XADD", "worker:lifecycle", "*", "data", "{}"})).view().text() != "");

    CHECK(world.response(world.remove(id)).at("success") == true);
    CHECK(world.remains() == "");
    CHECK(world.status(id) == "stopped");  // by its delete
}

TEST_CASE("of a create's variables the wrapper takes its settings, and the agent the others") {
    World world;
    world.start_role();
    CreateWorker create = world.create_command("until");
    create.config.env_vars.insert({{"AGENT_STDIN", "nothing"},
                                   {"AGENT_VERDICT", "exit_code"},
                                   {"MODEL_NAME", "some-model"},
                                   {"RESULT_LINGER_SECONDS", "9"},
                                   {"RESULT_REMINDER", "1"},
                                   {"LOG_LEVEL", "DEBUG"},
                                   {"REDIS_URL", "redis://elsewhere"}});
    world.send(format_message(create));
    const std::string id = world.response(create.request_id).at("worker_id");
    const std::string path = world.place(id) + "/state/environment";
    eventually("the worker has begun", [&] { return std::filesystem::exists(path); });
    std::ifstream file(path);
    std::set<std::string> told;
    for (std::string line; std::getline(file, line);)
        told.insert(line);
    for (const char* const line :
         {"AGENT_STDIN=nothing", "AGENT_VERDICT=exit_code", "MODEL_NAME=some-model",
          "RESULT_LINGER_SECONDS=9", "RESULT_REMINDER=1", "AGENT_ENV_LOG_LEVEL=DEBUG",
          "AGENT_ENV_REDIS_URL=redis://elsewhere"})
        CHECK(told.contains(line));
    CHECK_FALSE(told.contains("LOG_LEVEL=DEBUG"));
    CHECK_FALSE(told.contains("REDIS_URL=redis://elsewhere"));
}

TEST_CASE("every command may be delivered twice and is done once") {
    World world;
    world.start_role();
    CreateWorker create = world.create_command("until");
    world.send(format_message(create));
    const std::string id = world.response(create.request_id).at("worker_id");
    world.send(format_message(create));
    CreateWorker refused = world.create_command("until");
    refused.config.api_key = "secret";
    world.send(format_message(refused));
    world.send(format_message(refused));
    const Json no = world.response(refused.request_id);
    CHECK(no.at("success") == false);
    CHECK(no.at("error").get<std::string>().starts_with("config.api_key"));
    const std::string first = world.remove(id), second = world.remove(id);
    CHECK(world.response(first).at("success") == true);
    CHECK(world.response(second).at("success") == true);
    CHECK(world.status("nobody") == "none");
    CHECK(world.responses(create.request_id).size() == 1);
    CHECK(world.responses(refused.request_id).size() == 1);
    CHECK(world.remains() == "");
}

TEST_CASE(
    "a command that cannot be obeyed is answered with the field, once, and kept as a dead letter") {
    World world;
    world.start_role();
    const Json good = must(parse_json(format_message(world.create_command("until"))));
    const struct {
        const char* field;
        std::vector<std::string> path;
        Json value;
    } faults[] = {
        {"config.capabilities[1]", {"config", "capabilities"}, {"git", "telepathy"}},
        {"config.agent_type", {"config", "agent_type"}, "oracle"},
        {"config.worker_type", {"config", "worker_type"}, "boss"},
        {"config.auth_mode", {"config", "auth_mode"}, "password"},
        {"config.name", {"config", "name"}, 7.5},
        {"config.env_vars", {"config", "env_vars"}, "A=1"},
        {"config", {"config"}, Json()},
        {"command", {"command"}, "restart"},
        {"version", {"version"}, "9"},
    };
    int asked = 0;
    for (const auto& fault : faults) {
        Json command = good;
        const std::string request = "bad-" + std::to_string(++asked);
        command["request_id"] = request;
        Json* place = &command;
        for (const std::string& key : fault.path)
            place = &(*place)[key];
        *place = fault.value;
        world.send(dump_json(command));
        world.send(dump_json(command));
        INFO(fault.field);
        const Json answer = world.response(request);
        CHECK(answer.at("success") == false);
        CHECK(answer.at("error").get<std::string>().find(fault.field) != std::string::npos);
    }
    eventually("all are dead letters", [&] {
        return world.ask({"XLEN", "worker:commands:dlq"}).view().integer() == 2 * asked;
    });
    // A create that was refused twice gets one answer, on the stream of its worker type.
    CHECK(world.responses("bad-1").size() == 1);
    Json owner = good;
    owner["request_id"] = "bad-owner";
    owner["config"]["worker_type"] = "po";
    owner["config"]["capabilities"] = {"telepathy"};
    world.send(dump_json(owner));
    world.response("bad-owner");
    CHECK(world.outputs("bad-owner", "worker:responses:po").size() == 1);
    CHECK(world.outputs("bad-owner", "worker:responses:developer").empty());
    // Without a request id there is no one to answer.
    world.send(R"({"command":"create"})");
    world.send("no JSON");
    CHECK(world.status(world.running("until")) == "running");
}

TEST_CASE("a create that asks for the host's session is refused") {
    World world;
    world.start_role();
    CreateWorker create = world.create_command("until");
    create.config.auth_mode = AuthMode::host_session;
    create.config.host_claude_dir = "/home/me/.claude";
    world.send(format_message(create));
    world.send(format_message(create));
    const Json answer = world.response(create.request_id);
    CHECK(answer.at("success") == false);
    CHECK(answer.at("error").get<std::string>().starts_with("config.auth_mode: host_session"));
    world.status("nobody");
    CHECK(world.responses(create.request_id).size() == 1);
    CHECK(world.remains() == "");
}

TEST_CASE("whoever asks about a worker that nobody knows is answered where it reads") {
    World world;
    world.start_role();
    const std::string request = world.remove("nobody");
    CHECK(world.response(request).at("success") == false);
    for (const char* stream : {"worker:responses:developer", "worker:responses:po"}) {
        eventually("the answer", [&] { return world.outputs(request, stream).size() == 1; });
        CHECK(world.outputs(request, stream)[0].at("error") == "no worker nobody");
    }
}

TEST_CASE("a creation that fails says why and leaves nothing behind") {
    World world;
    SECTION("no such repository") {
        world.start_role();
        const Json answer =
            world.response(world.create("until", {{"repository", "nowhere"}, {"branch", "main"}}));
        CHECK(answer.at("success") == false);
        CHECK(answer.at("error").get<std::string>().find("nowhere") != std::string::npos);
    }
    SECTION("nothing to start") {
        world.bin_directory = world.path("empty");
        std::filesystem::create_directory(world.bin_directory);
        world.start_role();
        const Json answer = world.response(world.create("until"));
        CHECK(answer.at("success") == false);
        CHECK(answer.at("error").get<std::string>().find("start") != std::string::npos);
    }
    SECTION("no image") {
        world.image_for = [](const WorkerConfig&, const std::stop_token&) -> Result<std::string> {
            return contracts::fail(ErrorKind::invalid, "step 3 of the recipe failed");
        };
        world.start_role();
        const Json answer = world.response(world.create("until"));
        CHECK(answer.at("success") == false);
        CHECK(answer.at("error").get<std::string>().find("step 3") != std::string::npos);
    }
    CHECK(world.remains() == "");
}

TEST_CASE("creates beyond the quota wait in their order and are seen waiting") {
    World world;
    world.max_workers = 2;
    world.start_role();
    const std::string first = world.running("until");
    world.running("until");
    std::vector<std::string> requests;
    for (int i = 0; i < 3; ++i)
        requests.push_back(world.create("until"));
    eventually("three wait in their order", [&] { return waiting(world) == requests; });
    const std::string queued =
        must(parse_json(world.ask({"LINDEX", "worker:creation_queue", "0"}).view().text()))
            .at("worker_id");
    CHECK(world.status(queued) == "queued");
    world.remove(first);
    CHECK(world.response(requests[0]).at("worker_id") == queued);
    requests.erase(requests.begin());
    eventually("two wait", [&] { return waiting(world) == requests; });
    CHECK(world.responses(requests[0]).empty());

    world.clock().advance(301s);
    for (const std::string& request : requests) {
        const Json answer = world.response(request);
        CHECK(answer.at("success") == false);
        CHECK(answer.at("error").get<std::string>().starts_with("ResourceExhausted"));
    }
    eventually("nobody waits", [&] { return waiting(world).empty(); });
}

TEST_CASE("the next place goes to the user with the fewest workers") {
    World world;
    world.max_workers = 2;
    world.start_role();
    const auto ask = [&](const std::string& user) {
        return world.create("until", {{"user_id", user}});
    };
    const std::string first = world.response(ask("u1")).at("worker_id");
    (void)world.response(ask("u1"));
    const std::string third = ask("u1");
    const std::string other = ask("u2");
    eventually("two wait", [&] { return waiting(world).size() == 2; });
    world.remove(first);
    CHECK(world.response(other).at("success") == true);
    CHECK(world.responses(third).empty());
}

TEST_CASE("a user has no more workers than the quota, and others are served meanwhile") {
    World world;
    world.max_of_user = 1;
    world.start_role();
    const auto ask = [&](const std::string& user) {
        return world.create("until", {{"user_id", user}});
    };
    const std::string first = world.response(ask("u1")).at("worker_id");
    const std::string second = ask("u1");
    const std::string third = ask("u1");
    CHECK(world.response(ask("u2")).at("success") == true);
    CHECK(world.responses(second).empty());
    world.remove(first);
    CHECK(world.response(second).at("success") == true);
    eventually("one waits", [&] { return waiting(world) == std::vector{third}; });
    world.clock().advance(301s);
    const std::string why = world.response(third).at("error");
    CHECK(why.starts_with("ResourceExhausted: other workers of this user"));
}

TEST_CASE("a worker that has ended takes no place from another, and keeps its user for itself") {
    World world;
    world.max_workers = 1;
    world.start_role();
    const std::string first = world.running("exit 0");
    world.wait_ended(first);
    const std::string second = world.running("until");
    CHECK(world.row(first)->slot != world.row(second)->slot);
    CHECK(world.status(first) == "stopped");
}

TEST_CASE("a delete finds its worker wherever it stands") {
    World world;
    world.max_workers = 1;
    std::promise<void> go;
    std::shared_future<void> gone = go.get_future().share();
    std::atomic<bool> building = false;
    world.image_for = [&](const WorkerConfig&, const std::stop_token&) {
        building = true;
        gone.wait();
        return Result<std::string>(std::string());
    };
    world.start_role();
    const std::string creating = world.create("until");
    eventually("the first is made", [&] { return building.load(); });
    const std::string queued = world.create("until");
    eventually("the second waits", [&] { return waiting(world).size() == 1; });
    const auto id_of = [&](const std::string& request) {
        return must(workers::find_request(world.database(), request))->id;
    };
    CHECK(world.status(id_of(creating)) == "starting");
    const std::string delete_queued = world.remove(id_of(queued));
    CHECK(world.response(delete_queued).at("success") == true);
    CHECK(world.response(queued).at("success") == false);
    const std::string delete_creating = world.remove(id_of(creating));
    CHECK(world.status(id_of(creating)) == "starting");
    go.set_value();
    CHECK(world.response(creating).at("success") == true);
    CHECK(world.response(delete_creating).at("success") == true);
    CHECK(world.remains() == "");
}

TEST_CASE("the use of an image is recorded on the bus") {
    World world;
    world.image_for = [](const WorkerConfig&, const std::stop_token&) {
        return Result<std::string>("worker:0123456789ab");
    };
    world.start_role();
    const std::string id = world.running("until");
    const Reply used =
        world.ask({"HGET", names::worker_image("0123456789ab"), std::string(kImageLastUsed)});
    CHECK(parse_timestamp(used.view().text()).has_value());
    CHECK(world.response(world.remove(id)).at("success") == true);
}

TEST_CASE("a worker that ignores its end is killed after the grace") {
    World world;
    world.start_role();
    const std::string id = world.running("stubborn");
    CHECK(world.response(world.remove(id)).at("success") == true);
    CHECK(world.remains() == "");
}

TEST_CASE("a project keeps its own instructions, and ours lie in the agent's home") {
    World world;
    must(world.forge().ensure_repository("shop", "a shop"));
    const std::string clone = world.path("clone");
    for (const std::vector<std::string>& argv : std::vector<std::vector<std::string>>{
             {"git", "clone", "-q", world.forge().location("shop"), clone},
             {"sh", "-c", "echo theirs > " + clone + "/AGENTS.md"},
             {"git", "-C", clone, "add", "."},
             {"git", "-C", clone, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm",
              "x"},
             {"git", "-C", clone, "push", "-q", "origin", "HEAD:main"}})
        tests::run_successfully({.argv = argv});
    world.start_role();
    const std::string id = world.running("until", {{"repository", "shop"}, {"branch", "main"}});
    CHECK(tests::read_file(world.place(id) + "/workspace/AGENTS.md") == "theirs\n");
    CHECK(tests::read_file(world.place(id) + "/home/.agent/AGENTS.md") == "Be brief.");
}

TEST_CASE("a wall clock that steps ends no worker's wait and no worker") {
    World world;
    world.max_workers = 1;
    world.start_role();
    const std::string busy = world.running("until");
    const std::string waits = world.create("until");
    eventually("it waits",
               [&] { return world.ask({"LLEN", "worker:creation_queue"}).view().integer() == 1; });
    // A pass over the rows takes place between two steps of the clock.
    const auto pass = [&] {
        CHECK(world.status("nobody") == "none");
    };
    for (const auto step : {36min, 36min, -36min, -72min}) {
        pass();
        world.clock().step(step);
        world.status("nobody");
        pass();
        CHECK(world.responses(waits).empty());
        CHECK(world.status(busy) == "running");
    }
    // A step while the daemon is down is recognised as well.
    world.end_role();
    world.clock().step(36min);
    world.start_role();
    pass();
    CHECK(world.responses(waits).empty());
    CHECK(world.status(busy) == "running");

    world.clock().advance(301s);
    const Json answer = world.response(waits);
    CHECK(answer.at("error").get<std::string>().starts_with("ResourceExhausted"));
    CHECK(world.status(busy) == "running");
}

TEST_CASE("a step of the wall clock does not take away what an ended worker has left") {
    World world;
    world.start_role();
    const std::string id = world.running("exit 0");
    world.wait_ended(id);
    world.clock().step(25h);
    world.status("nobody");
    CHECK(world.remains() != "");
    world.clock().step(-25h);
    world.status("nobody");
    world.clock().advance(25h);
    eventually("nothing is left", [&] { return world.remains().empty(); });
}

TEST_CASE("one that is to go on with a session waits until the user's last worker has ended") {
    World world;
    world.start_role();
    const std::string last = world.running("stubborn", {{"user_id", "u-1"}}, WorkerType::po);
    const std::string removal = world.remove(last);
    const auto ask = [&](const std::string& user) {
        return world.create("until", {{"user_id", user}, {"session_id", "session-1"}},
                            WorkerType::po);
    };
    const std::string next = ask("u-1");
    const std::string other = ask("u-2");  // asked for later, made earlier
    CHECK(world.response(other).at("success") == true);
    CHECK(world.responses(next).empty());
    CHECK(world.response(next).at("success") == true);
    CHECK(world.row(last)->phase != WorkerPhase::running);
    CHECK(world.response(removal).at("success") == true);
}
