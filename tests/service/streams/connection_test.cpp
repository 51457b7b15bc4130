#include "tests/service/streams/bus.h"
#include "tests/support/eventually.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

using namespace contracts;
using namespace tests;
using std::chrono::milliseconds;

namespace {

Instant now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

TEST_CASE("a command is answered over a unix socket and over TCP") {
    RedisServer server(RedisOptions{.tcp = true});
    for (const std::string& url : {server.url(), server.tcp_url()}) {
        Connection connection = must(Connection::dial(must(RedisAddress::parse(url))));
        CHECK(must(connection.command({"PING"})).view().text() == "PONG");
    }
}

TEST_CASE("the address names user, password and database") {
    RedisServer server;
    Connection admin = dial(server);
    must(admin.command({"ACL", "SETUSER", "ann", "on", ">p@ss", "~*", "+@all"}));
    const auto dialled = [&](const std::string& url) {
        return Connection::dial(must(RedisAddress::parse(url)));
    };
    Connection ann = must(dialled("unix://ann:p%40ss@" + server.socket() + "?db=3"));
    CHECK(must(ann.command({"ACL", "WHOAMI"})).view().text() == "ann");
    must(ann.command({"SET", "k", "v"}));
    CHECK(number(admin, {"EXISTS", "k"}) == 0);

    const auto refused = dialled("unix://ann:secret-word@" + server.socket());
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::fatal);
    CHECK(refused.error().field == "REDIS_URL");
    CHECK(refused.error().describe().find("secret-word") == std::string::npos);
    const auto far = dialled("unix://" + server.socket() + "?db=99");
    REQUIRE(!far);
    CHECK(far.error().kind == ErrorKind::fatal);
}

TEST_CASE("nobody listening is transient, and says where") {
    RedisServer server(RedisOptions{.tcp = true});
    server.stop();
    for (const std::string& url : {server.url(), server.tcp_url()}) {
        const auto dialled = Connection::dial(must(RedisAddress::parse(url)));
        REQUIRE(!dialled);
        CHECK(dialled.error().kind == ErrorKind::transient);
        CHECK(dialled.error().message.find(url) != std::string::npos);
    }
    const auto nowhere = Connection::dial(must(RedisAddress::parse("redis://name.invalid:1")));
    REQUIRE(!nowhere);
    CHECK(nowhere.error().kind == ErrorKind::transient);
}

TEST_CASE("a reply that does not come in time is transient and ends the connection") {
    RedisServer server;
    Connection connection = dial(server);
    server.pause();
    const Instant before = now();
    const auto late = connection.command({"PING"}, milliseconds(100));
    const auto waited = now() - before;
    server.resume();
    REQUIRE(!late);
    CHECK(late.error().kind == ErrorKind::transient);
    CHECK(waited >= milliseconds(100));
    CHECK(waited < milliseconds(5000));
    CHECK(connection.broken());
    CHECK(!connection.command({"PING"}));
}

TEST_CASE("a dial to a server that accepts and says nothing ends in time") {
    RedisServer server;
    RedisAddress address = address_of(server);
    must(dial(server).command({"CONFIG", "SET", "requirepass", "x"}));
    address.password = "x";
    server.pause();
    const auto dialled = Connection::dial(address, milliseconds(100));
    server.resume();
    REQUIRE(!dialled);
    CHECK(dialled.error().kind == ErrorKind::transient);
}

TEST_CASE("a killed server is seen at once by a waiting command") {
    RedisServer server;
    Connection connection = dial(server);
    std::jthread killer([&] {
        Connection other = dial(server);
        eventually("a blocked reader", [&] {
            return must(other.command({"INFO", "clients"}))
                       .view()
                       .text()
                       .find("blocked_clients:1") != std::string_view::npos;
        });
        server.kill();
    });
    const auto read = connection.command({"BLPOP", "nothing", "0"}, std::chrono::hours(1));
    REQUIRE(!read);
    CHECK(read.error().kind == ErrorKind::transient);
    CHECK(connection.broken());
}

TEST_CASE("interrupt ends a waiting command, and every one after it") {
    RedisServer server;
    Connection connection = dial(server);
    std::jthread other([&] {
        Connection watcher = dial(server);
        eventually("a blocked reader", [&] {
            return must(watcher.command({"INFO", "clients"}))
                       .view()
                       .text()
                       .find("blocked_clients:1") != std::string_view::npos;
        });
        connection.interrupt();
    });
    const auto read = connection.command({"BLPOP", "nothing", "0"}, std::chrono::hours(1));
    REQUIRE(!read);
    CHECK(read.error().kind == ErrorKind::transient);
    CHECK(!connection.command({"PING"}));
}

TEST_CASE("writing to a server that is gone raises no signal") {
    RedisServer server;
    Connection connection = dial(server);
    server.kill();
    CHECK(!connection.command({"PING"}));
    connection.send({"PING"});
    CHECK(!connection.flush());
}

TEST_CASE("a message larger than every socket buffer goes there and back") {
    RedisServer server;
    Connection connection = dial(server);
    const std::string large(32 << 20, 'x');
    must(connection.command({"SET", "large", large}));
    CHECK(must(connection.command({"GET", "large"})).view().text() == large);
}

TEST_CASE("bytes of any kind go there and back") {
    RedisServer server;
    Connection connection = dial(server);
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    must(connection.command({"SET", bytes, bytes}));
    CHECK(must(connection.command({"GET", bytes})).view().text() == bytes);
}

TEST_CASE("send, flush and receive never wait") {
    RedisServer server;
    Connection connection = dial(server);
    CHECK(!must(connection.receive()).has_value());
    connection.send({"SET", "k", "v"});
    connection.send({"GET", "k"});
    CHECK(connection.wants_write());
    CHECK(connection.outstanding() == 2);
    must(connection.flush());
    CHECK(!connection.wants_write());
    std::vector<std::string> replies;
    while (connection.outstanding() > 0) {
        pollfd ready{connection.fd(), POLLIN, 0};
        REQUIRE(::poll(&ready, 1, 10'000) == 1);
        while (auto reply = must(connection.receive()))
            replies.emplace_back(reply->view().text());
    }
    CHECK(replies == std::vector<std::string>{"OK", "v"});
    connection.send({"GET", "k"});
    const auto mixed = connection.command({"GET", "k"});
    REQUIRE(!mixed);
    CHECK(mixed.error().kind == ErrorKind::conflict);
}

TEST_CASE("a send that the socket does not take at once is finished later") {
    RedisServer server;
    Connection connection = dial(server);
    server.pause();
    const std::string large(16 << 20, 'x');
    connection.send({"SET", "large", large});
    must(connection.flush());
    CHECK(connection.wants_write());
    server.resume();
    while (connection.wants_write()) {
        pollfd ready{connection.fd(), POLLOUT, 0};
        REQUIRE(::poll(&ready, 1, 10'000) == 1);
        must(connection.flush());
    }
    pollfd ready{connection.fd(), POLLIN, 0};
    REQUIRE(::poll(&ready, 1, 10'000) == 1);
    CHECK(must(connection.receive())->view().text() == "OK");
}

TEST_CASE("a Redis error is told by its code") {
    RedisServer server;
    Connection connection = dial(server);
    must(connection.command({"SET", "text", "x"}));
    const auto wrong = connection.command({"XLEN", "text"});
    REQUIRE(!wrong);
    CHECK(wrong.error().kind == ErrorKind::invalid);
    CHECK(wrong.error().message.starts_with("WRONGTYPE"));
    CHECK(!connection.broken());
    must(connection.command({"ACL", "SETUSER", "default", "-set"}));
    const auto denied = connection.command({"SET", "text", "y"});
    REQUIRE(!denied);
    CHECK(denied.error().kind == ErrorKind::permission);
    must(connection.command({"REPLICAOF", "127.0.0.1", "1"}));
    const auto readonly = connection.command({"DEL", "text"});
    REQUIRE(!readonly);
    CHECK(readonly.error().kind == ErrorKind::transient);
}

TEST_CASE("a server with no place for another client is transient") {
    RedisServer server(RedisOptions{.arguments = {"--maxclients", "1"}});
    Connection only = dial(server);
    // The refusal may arrive in place of the first reply.
    auto second = Connection::dial(address_of(server));
    if (!second) {
        CHECK(second.error().kind == ErrorKind::transient);
    } else {
        const auto ping = second->command({"PING"});
        REQUIRE(!ping);
        CHECK(ping.error().kind == ErrorKind::transient);
        CHECK(ping.error().message.find("max number of clients") != std::string::npos);
    }
    CHECK(must(only.command({"PING"})).view().text() == "PONG");
}

TEST_CASE("a transaction does all or nothing of what Redis refuses to queue") {
    RedisServer server;
    Connection connection = dial(server);
    const std::vector<OwnedCommand> good{{"SET", "a", "1"}, {"INCR", "a"}};
    const auto done = must(connection.transaction(good));
    REQUIRE(done.has_value());
    CHECK(done->view()[1].integer() == 2);
    const std::vector<OwnedCommand> bad{{"SET", "b", "1"}, {"NOSUCHCOMMAND"}};
    const auto refused = connection.transaction(bad);
    REQUIRE(!refused);
    CHECK(refused.error().message.find("unknown command") != std::string::npos);
    CHECK(number(connection, {"EXISTS", "b"}) == 0);
    const std::vector<OwnedCommand> failing{{"SET", "c", "x"}, {"INCR", "c"}};
    CHECK(!connection.transaction(failing));
    CHECK(must(connection.command({"PING"})).view().text() == "PONG");
}

TEST_CASE("a connection over TCP watches its far side, and none is inherited") {
    RedisServer server(RedisOptions{.tcp = true});
    Connection tcp = must(Connection::dial(must(RedisAddress::parse(server.tcp_url()))));
    const auto option = [&](int level, int name) {
        int value = 0;
        socklen_t size = sizeof value;
        REQUIRE(::getsockopt(tcp.fd(), level, name, &value, &size) == 0);
        return value;
    };
    CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option(IPPROTO_TCP, TCP_USER_TIMEOUT) == 30'000);
    CHECK(option(IPPROTO_TCP, TCP_NODELAY) == 1);
    Connection local = dial(server);
    for (const int fd : {tcp.fd(), local.fd()}) {
        CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        CHECK((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    }
}
