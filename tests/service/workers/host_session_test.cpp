// Workers whose agent uses the login of somebody on this machine.
#include "contracts/fields/write.h"
#include "tests/service/workers/container_engine.h"
#include "tests/service/workers/world.h"

#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace workers_tests;
using tests::eventually;

namespace {

constexpr const char* kFile = "/.credentials.json";

std::string login(const std::string& token) {
    return R"({"claudeAiOauth":{"accessToken":")" + token + R"(","refreshToken":"r"},"version":1})";
}

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(const std::string& path) {
    struct stat there{};
    REQUIRE(::lstat(path.c_str(), &there) == 0);
    return there.st_mode & 07777U;
}

// A directory with a login, laid out as an agent keeps it.
class Person {
public:
    explicit Person(World& world) : directory(world.path("person")) {
        std::filesystem::create_directory(directory);
        std::filesystem::permissions(directory, std::filesystem::perms(0700));
        put("first");
        std::ofstream(directory + "/history.jsonl") << "private\n";
        world.adjust = [this](WorkersSetting& setting) {
            setting.host_sessions = {directory};
        };
    }
    void put(const std::string& token) const { put_text(login(token)); }
    void put_text(const std::string& text) const {
        std::ofstream(directory + kFile) << text;
        std::filesystem::permissions(directory + kFile, std::filesystem::perms(0600));
    }
    [[nodiscard]] std::string text() const { return text_of(directory + kFile); }

    std::string directory;
};

CreateWorker with_session(const World& world) {
    CreateWorker create = world.create_command("until");
    create.config.agent_type = AgentType::claude;
    create.config.auth_mode = AuthMode::host_session;
    return create;
}

std::string request(World& world, const CreateWorker& create) {
    world.send(format_message(create));
    return create.request_id;
}

std::string running(World& world) {
    const Json answer = world.response(request(world, with_session(world)));
    INFO(dump_json(answer));
    REQUIRE(answer.at("success") == true);
    return answer.at("worker_id");
}

std::string in_home(World& world, const std::string& worker) {
    return world.place(worker) + "/home/.claude" + kFile;
}

// Writes the file as the agent does.
void refresh(World& world, const std::string& worker, const std::string& text) {
    std::ofstream(in_home(world, worker), std::ios::trunc) << text;
}

void end(World& world, const std::string& worker) {
    world.end_worker(worker, 0);
    world.wait_ended(worker);
}

void borrow_refresh_and_return(World& world) {
    const Person person(world);
    world.start_role();
    const std::string first = running(world);
    const std::string file = in_home(world, first);
    CHECK(text_of(file) == login("first"));
    CHECK(mode_of(file) == 0600);
    CHECK(mode_of(world.place(first) + "/home/.claude") == 0700);
    CHECK_FALSE(std::filesystem::exists(world.place(first) + "/home/.claude/history.jsonl"));
    struct stat there{};
    REQUIRE(::stat(file.c_str(), &there) == 0);
    if (::geteuid() == 0) CHECK(there.st_uid >= 21'000);

    // The next worker waits for the login; workers without it are not held up.
    const std::string waiting = request(world, with_session(world));
    world.running("until");
    CHECK(world.responses(waiting).empty());
    refresh(world, first, login("second"));
    end(world, first);
    CHECK(person.text() == login("second"));
    CHECK(mode_of(person.directory + kFile) == 0600);
    const Json answer = world.response(waiting);
    REQUIRE(answer.at("success") == true);
    const std::string next = answer.at("worker_id");
    CHECK(text_of(in_home(world, next)) == login("second"));
    CHECK_FALSE(std::filesystem::exists(person.directory + kFile + std::string(".new")));
}

}  // namespace

TEST_CASE("a lent login is refreshed by one worker and used by the next") {
    World world;
    borrow_refresh_and_return(world);
}

TEST_CASE("a lent login is refreshed by one container and used by the next") {
    ContainerEngine engine;
    World world;
    engine.use_in(world);
    borrow_refresh_and_return(world);
}

TEST_CASE("a refreshed login comes back while its worker still runs") {
    World world;
    const Person person(world);
    world.start_role();
    const std::string worker = running(world);
    refresh(world, worker, login("second"));
    eventually("it is written back", [&] {
        world.clock().advance(10s);
        return person.text() == login("second");
    });
    refresh(world, worker, login("third"));
    end(world, worker);
    CHECK(person.text() == login("third"));
}

TEST_CASE("what a worker puts in the place of a login never reaches the machine's") {
    World world;
    const Person person(world);
    world.start_role();
    const std::string worker = running(world);
    const std::string file = in_home(world, worker);
    SECTION("words") {
        refresh(world, worker, "not a login");
    }
    SECTION("another object") {
        refresh(world, worker, R"({"version":1})");
    }
    SECTION("another kind of value") {
        refresh(world, worker, R"({"claudeAiOauth":"x","version":1})");
    }
    SECTION("a login without its token") {
        refresh(world, worker, R"({"claudeAiOauth":{"accessToken":"x"},"version":1})");
    }
    SECTION("a second name of another file") {
        std::filesystem::create_hard_link(file, world.place(worker) + "/home/second name");
        refresh(world, worker, login("stolen"));
    }
    SECTION("too much") {
        std::string large = login("second");
        large.insert(1, "\"x\":\"" + std::string(100 << 10, 'x') + "\",");
        refresh(world, worker, large);
    }
    SECTION("a link to another file") {
        std::ofstream(world.path("other")) << login("stolen");
        std::filesystem::remove(file);
        std::filesystem::create_symlink(world.path("other"), file);
    }
    SECTION("a pipe") {
        std::filesystem::remove(file);
        REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    }
    SECTION("a link in place of the directory") {
        std::filesystem::create_directory(world.path("elsewhere"));
        std::ofstream(world.path("elsewhere") + kFile) << login("stolen");
        std::filesystem::remove_all(world.place(worker) + "/home/.claude");
        std::filesystem::create_symlink(world.path("elsewhere"),
                                        world.place(worker) + "/home/.claude");
    }
    SECTION("nothing") {
        std::filesystem::remove(file);
    }
    end(world, worker);
    CHECK(person.text() == login("first"));
}

TEST_CASE("a login that its person has renewed meanwhile is not overwritten") {
    World world;
    const Person person(world);
    world.start_role();
    const std::string worker = running(world);
    person.put("by hand");
    refresh(world, worker, login("second"));
    end(world, worker);
    CHECK(person.text() == login("by hand"));
}

TEST_CASE(
    "a login is lent only from a directory that is offered and closed, "
    "and says why not") {
    World world;
    const Person person(world);
    CreateWorker create = with_session(world);
    std::string field = "config.host_claude_dir";
    SECTION("a directory that others may read") {
        std::filesystem::permissions(person.directory, std::filesystem::perms(0750));
    }
    SECTION("a file that others may read") {
        std::filesystem::permissions(person.directory + kFile, std::filesystem::perms(0644));
    }
    SECTION("a link in place of the file") {
        std::filesystem::rename(person.directory + kFile, world.path("real"));
        std::filesystem::create_symlink(world.path("real"), person.directory + kFile);
    }
    SECTION("a second name of another file") {
        std::filesystem::create_hard_link(person.directory + kFile, world.path("second name"));
    }
    SECTION("what is not a login") {
        person.put_text("[]");
    }
    SECTION("no login") {
        std::filesystem::remove(person.directory + kFile);
    }
    SECTION("a directory that is not offered") {
        create.config.host_claude_dir = "/root/.claude";
    }
    SECTION("a way around the list") {
        create.config.host_claude_dir = person.directory + "/../person";
    }
    SECTION("an agent that has no such login") {
        create.config.agent_type = AgentType::custom;
        field = "config.auth_mode";
    }
    SECTION("a daemon that lends none") {
        world.adjust = {};
        field = "config.auth_mode";
    }
    world.start_role();
    const Json answer = world.response(request(world, create));
    CHECK(answer.at("success") == false);
    CHECK(answer.at("error").get<std::string>().starts_with(field + ": "));
    CHECK(world.remains() == "");
}

TEST_CASE("a worker that waits too long for a login is refused with the reason") {
    World world;
    const Person person(world);
    world.start_role();
    running(world);
    const std::string waiting = request(world, with_session(world));
    eventually("it waits", [&] {
        return !must(workers::in_phase(world.database(), WorkerPhase::queued)).empty();
    });
    world.clock().advance(301s);
    const Json answer = world.response(waiting);
    CHECK(answer.at("success") == false);
    CHECK(answer.at("error") ==
          "ResourceExhausted: another worker has used the host session for too long");
}
