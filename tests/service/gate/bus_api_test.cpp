#include "control/http/listening_socket.h"
#include "tests/service/gate/doors.h"
#include "tests/service/gate/raw_socket.h"
#include "tests/support/http_request.h"

using namespace gate_tests;
using tests::eventually;

namespace {

Connection bus_of(const std::string& place) {
    return must(Connection::dial(must(RedisAddress::parse("unix://" + place + "/bus.sock"))));
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        count += entry.path().empty() ? 0 : 1;
    return count;
}

}  // namespace

TEST_CASE("behind bus.sock a worker reads its own stream and no other's") {
    Doors doors;
    Connection bus = bus_of(doors.open());
    const std::string own = "worker:developer:w-1:input";
    must(bus.command({"XGROUP", "CREATE", own, "workers", "0", "MKSTREAM"}));
    Connection admin = must(Connection::dial(doors.admin));
    must(admin.command({"XADD", own, "*", "data", "{}"}));
    const Reply read = must(bus.command({"XREADGROUP", "GROUP", "workers", "w-1", "COUNT", "1",
                                         "BLOCK", "5000", "STREAMS", own, ">"}));
    CHECK(read.view()[0][1].size() == 1);
    for (const OwnedCommand& foreign :
         std::vector<OwnedCommand>{{"XRANGE", "worker:developer:w-2:input", "-", "+"},
                                   {"XADD", "worker:commands", "*", "data", "{}"},
                                   {"CONFIG", "GET", "requirepass"},
                                   {"ACL", "LIST"}}) {
        const Result<Reply> refused = bus.command(foreign);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.starts_with("NOPERM"));
    }
}

TEST_CASE("large messages go through the bus both ways, and several connections at once") {
    Doors doors;
    const std::string place = doors.open();
    std::vector<Connection> connections;
    for (int i = 0; i < 8; ++i)
        connections.push_back(bus_of(place));
    Connection admin = must(Connection::dial(doors.admin));
    const std::string large(3 << 20, 'x');
    const std::string own = "worker:developer:w-1:input";
    must(admin.command({"XADD", own, "*", "data", large}));
    must(connections[7].command({"XGROUP", "CREATE", own, "workers", "0", "MKSTREAM"}));
    const Reply read = must(connections[7].command(
        {"XREADGROUP", "GROUP", "workers", "w-1", "COUNT", "1", "STREAMS", own, ">"}));
    CHECK(read.view()[0][1][0][1][1].text() == large);
    must(connections[0].command({"XADD", "worker:developer:output", "*", "data", large}));
    CHECK(must(admin.command({"STRLEN", "none"})).view().integer() == 0);
    CHECK(must(admin.command({"XLEN", "worker:developer:output"})).view().integer() == 1);
}

TEST_CASE("a restarted daemon makes the doors anew in the same directory") {
    Doors doors;
    const std::string place = doors.open();
    Connection before = bus_of(place);
    struct stat first{};
    REQUIRE(::stat(place.c_str(), &first) == 0);
    doors.make();  // the old doors are gone
    CHECK_FALSE(std::filesystem::exists(place + "/bus.sock"));
    eventually("the old connection has ended", [&] { return !before.command({"PING"}); });
    doors.open();
    struct stat second{};
    REQUIRE(::stat(place.c_str(), &second) == 0);
    CHECK(first.st_ino == second.st_ino);
    CHECK(bus_of(place).command({"XADD", "worker:lifecycle", "*", "data", "{}"}));
    CHECK(tests::http("unix://" + place + "/api.sock", {.target = "/"}).status == 200);
}

TEST_CASE("what a killed daemon left lying about is replaced, or taken away when not offered") {
    Doors doors;
    const std::string place = doors.directory / "w-1";
    std::filesystem::create_directory(place);
    for (const char* name : {"bus.sock", "api.sock", "model.sock", "git.sock"})
        (void)must(listen_on_unix(place + '/' + name)).release();
    WorkerIdentity worker = Doors::worker();
    worker.model = false;
    worker.repository.clear();
    doors.open(worker);
    CHECK(std::filesystem::exists(place + "/bus.sock"));
    CHECK_FALSE(std::filesystem::exists(place + "/model.sock"));
    CHECK_FALSE(std::filesystem::exists(place + "/git.sock"));
    CHECK(bus_of(place).command({"XADD", "worker:lifecycle", "*", "data", "{}"}));
}

TEST_CASE("a bus that is away closes the connection, and the next one works when it is back") {
    Doors doors;
    const std::string place = doors.open();
    doors.redis.stop();
    const RawSocket refused(place + "/bus.sock");
    CHECK(refused.rest().empty());
    doors.redis.start();
    Connection open = must(Connection::dial(must(RedisAddress::parse(doors.redis.url()))));
    must(open.command({"CONFIG", "SET", "requirepass", "admin-password"}));
    CHECK(bus_of(place).command({"XADD", "worker:lifecycle", "*", "data", "{}"}));
}

TEST_CASE("behind api.sock the caller is this worker, whatever token it sends") {
    Doors doors;
    const std::string first = doors.open(), second = doors.open(Doors::worker("w-2"));
    for (const char* token : {"", "Bearer admin", "bearer x"}) {
        const auto answer =
            tests::http("unix://" + first + "/api.sock",
                        {.target = "/api/projects", .headers = {{"authorization", token}}});
        CHECK(answer.body == R"({"token":"","worker":"w-1"})");
    }
    CHECK(tests::http("unix://" + second + "/api.sock", {.target = "/"}).body ==
          R"({"token":"","worker":"w-2"})");
}

TEST_CASE("who asks behind api.sock waits for an answer no longer than at the daemon's own doors") {
    Doors doors;
    std::mutex mutex;
    std::vector<HttpReply> unanswered;
    doors.keep_unanswered = [&](HttpReply reply) {
        const std::lock_guard lock(mutex);
        unanswered.push_back(std::move(reply));
    };
    doors.api_answers_within = 50ms;
    const std::string place = doors.open();
    CHECK(tests::http("unix://" + place + "/api.sock", {.target = "/never"}).status == 503);
    CHECK(tests::http("unix://" + place + "/api.sock", {.target = "/"}).status == 200);
}

namespace {

bool has_login(const Doors& doors, std::string_view name) {
    Connection admin = must(Connection::dial(doors.admin));
    const Reply users = must(admin.command({"ACL", "USERS"}));
    for (std::size_t i = 0; i < users.view().size(); ++i)
        if (users.view()[i].text() == name) return true;
    return false;
}

}  // namespace

TEST_CASE("a connection to the bus that is made while the gate closes leaves no login behind") {
    std::atomic<bool> dials = false, is_closed = false, has_dialled = false;
    Doors doors;
    doors.on_dial = [&](bool is_done) {
        (is_done ? has_dialled : dials) = true;
        if (!is_done) is_closed.wait(false);
    };
    const RawSocket worker(doors.open() + "/bus.sock");
    eventually("the connection is being made", [&] { return dials.load(); });
    doors.gate->close("w-1");
    is_closed = true;
    is_closed.notify_all();
    eventually("it was made", [&] { return has_dialled.load(); });
    eventually("its login is gone", [&] { return !has_login(doors, "worker-w-1"); });
}

TEST_CASE("a closed gate lets nobody in and ends who is in") {
    Doors doors;
    const std::string place = doors.open(), other = doors.open(Doors::worker("w-2"));
    Connection bus = bus_of(place);
    const RawSocket api(place + "/api.sock");
    api.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    (void)api.until("}");
    const RawSocket model(place + "/model.sock");
    doors.gate->close("w-1");
    CHECK(std::filesystem::is_empty(place));
    CHECK(api.rest().empty());
    CHECK(model.rest().empty());
    eventually("the bus has ended", [&] { return !bus.command({"PING"}); });
    CHECK_FALSE(has_login(doors, "worker-w-1"));
    CHECK(bus_of(other).command({"XADD", "worker:lifecycle", "*", "data", "{}"}));
    doors.gate->close("w-1");
}

TEST_CASE("a hundred doors opened and closed leave no descriptor behind") {
    Doors doors;
    const auto once = [&] {
        const std::string place = doors.open();
        Connection bus = bus_of(place);
        must(bus.command({"XADD", "worker:lifecycle", "*", "data", "{}"}));
        const RawSocket model(place + "/model.sock"), git(place + "/git.sock");
        (void)tests::http("unix://" + place + "/api.sock", {.target = "/"});
        doors.gate->close("w-1");
    };
    once();
    eventually("the first is settled", [&] { return once(), true; });
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 100; ++i)
        once();
    eventually("as many as before", [&] { return open_descriptors() <= before; });
}

TEST_CASE("a gate may go while a dial is under way") {
    Doors doors;
    const std::string place = doors.open();
    doors.redis.pause();
    const RawSocket waits(place + "/bus.sock");
    std::thread resumer([&] { doors.redis.resume(); });
    doors.gate.reset();
    resumer.join();
    CHECK(waits.rest().empty());
}
