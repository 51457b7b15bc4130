#include "control/http/server.h"

#include "control/http/loop.h"
#include "raw_client.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <sys/stat.h>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <mutex>
#include <thread>

namespace control {

namespace {

// A server on its own thread that listens on one Unix socket.
struct Running {
    explicit Running(HttpHandler handler, std::chrono::milliseconds idle = kIdleTimeout)
        : server(idle) {
        auto opened = server.listen_unix(path, std::move(handler));
        REQUIRE(opened);
        listener = std::move(*opened);
        thread = std::jthread([this] { server.run(); });
    }
    ~Running() { server.stop(); }

    tests::TemporaryDirectory directory;
    std::string path = directory / "api.sock";
    HttpServer server;
    std::unique_ptr<Listener> listener;
    std::jthread thread;
};

void echo(HttpRequest request, HttpReply reply) {
    reply({200, {{"X-Seen", request.method + " " + request.path}}, std::move(request.body)});
}

std::string body_of(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("one connection carries request after request, also when they come at once") {
    Running running(echo);
    RawClient client(running.path);
    client.send(
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none"
        "POST /b?q=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo");
    const std::string first = client.receive();
    const std::string second = client.receive();
    CHECK(first.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(first.find("X-Seen: POST /a\r\n") != std::string::npos);
    CHECK(body_of(first) == "one");
    CHECK(second.find("X-Seen: POST /b\r\n") != std::string::npos);
    CHECK(body_of(second) == "two");
    client.send("GET http://host/c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(client.receive().find("X-Seen: GET /c\r\n") != std::string::npos);
    CHECK(client.hung_up(20'000));
}

TEST_CASE("a chunked body arrives whole, and a client that waits for 100 gets it") {
    Running running(echo);
    RawClient client(running.path);
    client.send(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    CHECK(body_of(client.receive()) == "abcdefg");
    client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ok");
    CHECK(body_of(client.receive()) == "ok");
}

TEST_CASE("a request whose answer is overdue gets a 503, and the late answer goes to nobody") {
    const tests::TemporaryDirectory directory;
    const std::string path = directory / "api.sock";
    HttpServer server(std::chrono::milliseconds(50));
    std::mutex mutex;
    std::vector<HttpReply> late;
    auto door = server.listen_unix(path,
                                   [&](HttpRequest request, HttpReply reply) {
                                       if (request.path == "/now") return reply({200, {}, "now"});
                                       const std::lock_guard lock(mutex);
                                       late.push_back(std::move(reply));
                                   },
                                   {.answer_within = std::chrono::milliseconds(100)});
    REQUIRE(door);
    const std::jthread loop([&] { server.run(); });
    RawClient client(path);
    client.send("GET /never HTTP/1.1\r\nHost: x\r\n\r\nGET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string given_up = client.receive();
    CHECK(given_up.starts_with("HTTP/1.1 503 "));
    CHECK(given_up.find("Retry-After: 1\r\n") != std::string::npos);
    CHECK(client.hung_up(20'000));
    {
        const std::lock_guard lock(mutex);
        REQUIRE(late.size() == 1);
        late[0]({200, {}, "late"});
    }
    RawClient next(path);
    next.send("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(body_of(next.receive()) == "now");
    server.stop();
}

TEST_CASE("what is too large is refused with its limit, and the client gets to read it") {
    std::atomic<int> served = 0;
    Running running([&](HttpRequest request, HttpReply reply) {
        ++served;
        echo(std::move(request), std::move(reply));
    });
    SECTION("a body by its announced length") {
        RawClient client(running.path);
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n");
        client.send(std::string(2 << 20, 'x'));
        CHECK(client.receive().starts_with("HTTP/1.1 413 "));
    }
    SECTION("a body that never tells its length") {
        RawClient client(running.path);
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        const std::string chunk = "100000\r\n" + std::string(1 << 20, 'x') + "\r\n";
        for (int i = 0; i < 9 && client.send(chunk); ++i) {
        }
        CHECK(client.receive().starts_with("HTTP/1.1 413 "));
    }
    SECTION("a header") {
        RawClient client(running.path);
        client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(70'000, 'x') +
                    "\r\n\r\n");
        CHECK(client.receive().starts_with("HTTP/1.1 431 "));
    }
    SECTION("what is no request") {
        for (const char* garbage :
             {"\x16\x03\x01 TLS\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
              "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
              "GET /?a=%zz HTTP/1.1\r\nHost: x\r\n\r\n"}) {
            RawClient client(running.path);
            client.send(garbage);
            CHECK(client.receive().starts_with("HTTP/1.1 400 "));
        }
    }
    SECTION("what another server could read otherwise") {
        const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
        const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
        std::vector<std::string> ambiguous{
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"};
        for (const char* coding : {"xchunked", "identity", "gzip", "gzip, chunked",
                                   "chunked, identity", "chunked,gzip", "\"chunked\"", ""})
            ambiguous.push_back(post + "Transfer-Encoding: " + coding + "\r\n\r\n");
        for (const std::string& request : ambiguous) {
            CAPTURE(request);
            RawClient client(running.path);
            client.send(request + hidden);
            CHECK(client.receive().starts_with("HTTP/1.1 400 "));
            client.shut_sending();
            CHECK(client.receive().empty());
        }
    }
    CHECK(served == 0);
}

TEST_CASE("large bodies of all who send at once have a bound, and small ones go on") {
    const Running running(echo);
    const std::size_t size = 7 << 20;
    const std::string head =
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
    const std::string most(size - 1, 'x');
    std::vector<RawClient> holding;
    for (std::size_t held = 0; held + size <= kLargeBodies; held += size) {
        holding.emplace_back(running.path);
        REQUIRE(holding.back().send(head));
        REQUIRE(holding.back().send(most));
    }
    tests::eventually("the room is taken", [&] {
        RawClient late(running.path);
        late.send(head);
        late.send(most);
        late.shut_sending();
        return late.receive().starts_with("HTTP/1.1 503 ");
    });
    RawClient small(running.path);
    small.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none");
    CHECK(body_of(small.receive()) == "one");
    // A connection that is closed and one that finishes make room for others.
    holding.pop_back();
    REQUIRE(holding.back().send("x"));
    CHECK(body_of(holding.back().receive()).size() == size);
    for (int i = 0; i < 2; ++i)
        tests::eventually("room for one more", [&] {
            RawClient next(running.path);
            next.send(head);
            next.send(most + "x");
            return next.receive().starts_with("HTTP/1.1 200 ");
        });
}

TEST_CASE("answers may come late and from any thread") {
    std::mutex mutex;
    std::vector<HttpReply> waiting;
    Running running([&](HttpRequest, HttpReply reply) {
        const std::lock_guard lock(mutex);
        waiting.push_back(std::move(reply));
    });
    constexpr int kClients = 32;
    std::vector<std::jthread> clients;
    std::atomic<int> answered = 0;
    for (int i = 0; i < kClients; ++i)
        clients.emplace_back([&] {
            RawClient client(running.path);
            client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            if (body_of(client.receive()) == "late") ++answered;
        });
    tests::eventually("every request is under way", [&] {
        const std::lock_guard lock(mutex);
        return waiting.size() == kClients;
    });
    std::jthread other([&] {
        for (const HttpReply& reply : waiting) {
            reply({200, {}, "late"});
            reply({200, {}, "twice"});
        }
    });
    clients.clear();
    CHECK(answered == kClients);
}

TEST_CASE("a reply that is dropped and a handler that throws are a 500") {
    Running running([](HttpRequest request, HttpReply) {
        if (request.path == "/throw") throw std::runtime_error("inside");
    });
    RawClient client(running.path);
    client.send("GET /drop HTTP/1.1\r\nHost: x\r\n\r\nGET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.receive().starts_with("HTTP/1.1 500 "));
    const std::string thrown = client.receive();
    CHECK(thrown.starts_with("HTTP/1.1 500 "));
    CHECK(thrown.find("inside") == std::string::npos);
}

TEST_CASE("HEAD has the length and no body, 204 has neither, and a value cannot begin a header") {
    Running running([](HttpRequest request, HttpReply reply) {
        const int status = request.path == "/none" ? 204 : 200;
        reply({status, {{"X-Value", "a\r\nX-Evil: b"}}, status == 204 ? "" : "body"});
    });
    RawClient client(running.path);
    client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\n");
    // The client would take the next answer's first four bytes for this answer's body.
    const std::string head = client.receive();
    CHECK(head.find("Content-Length: 4\r\n") != std::string::npos);
    CHECK(head.find("\r\nX-Evil") == std::string::npos);
    CHECK(body_of(head) == "HTTP");
}

TEST_CASE("a silent or slow client is cut off, one whose answer is being made is not") {
    std::mutex mutex;
    HttpReply waiting;
    Running running(
        [&](HttpRequest, HttpReply reply) {
            const std::lock_guard lock(mutex);
            waiting = std::move(reply);
        },
        std::chrono::milliseconds(100));
    RawClient busy(running.path);
    busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    RawClient silent(running.path);
    RawClient slow(running.path);
    slow.send("GET / HT");
    CHECK(silent.hung_up(20'000));
    CHECK(slow.hung_up(20'000));
    tests::eventually("the request is under way", [&] {
        const std::lock_guard lock(mutex);
        return static_cast<bool>(waiting);
    });
    waiting({200, {}, "done"});
    CHECK(body_of(busy.receive()) == "done");
}

TEST_CASE("a door that is gone serves nobody, but what was under way is answered") {
    std::mutex mutex;
    HttpReply waiting;
    Running running([&](HttpRequest, HttpReply reply) {
        const std::lock_guard lock(mutex);
        waiting = std::move(reply);
    });
    RawClient busy(running.path);
    RawClient idle(running.path);
    busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    tests::eventually("the request is under way", [&] {
        const std::lock_guard lock(mutex);
        return static_cast<bool>(waiting);
    });
    running.listener.reset();
    CHECK_FALSE(std::filesystem::exists(running.path));
    CHECK(idle.hung_up(20'000));
    waiting({200, {}, "done"});
    const std::string answer = busy.receive();
    CHECK(body_of(answer) == "done");
    CHECK(busy.hung_up(20'000));
}

TEST_CASE("doors open and close while the server runs, each with its own handler") {
    Running running(echo);
    const auto says = [](std::string word) {
        return [word](HttpRequest, HttpReply reply) {
            reply({200, {}, word});
        };
    };
    for (int round = 0; round < 20; ++round) {
        const std::string path = running.directory / "worker.sock";
        auto first = running.server.listen_unix(path, says("first"));
        REQUIRE(first);
        auto second = running.server.listen_unix(path, says("second"));
        REQUIRE(second);
        first->reset();  // must not remove the second server's socket
        RawClient client(path);
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(body_of(client.receive()) == "second");
    }
}

TEST_CASE("a socket is ours alone from its first moment, and only a socket is replaced") {
    const tests::TemporaryDirectory directory;
    HttpServer server;
    const auto listener = server.listen_unix(directory / "a.sock", echo);
    REQUIRE(listener);
    struct stat there{};
    REQUIRE(::stat((directory / "a.sock").c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0600);

    const std::string file = directory.write("precious", "data");
    const auto refused = server.listen_unix(file, echo);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == contracts::ErrorKind::conflict);
    CHECK(tests::read_file(file) == "data");

    const std::string deep = directory / std::string(120, 'd');
    std::filesystem::create_directory(deep);
    CHECK(server.listen_unix(deep + "/api.sock", echo));
    CHECK(server.listen_unix(deep + "/" + std::string(120, 's'), echo).error().kind ==
          contracts::ErrorKind::invalid);
}

TEST_CASE("TCP: the kernel chooses a port, and a port in use is a conflict that names it") {
    HttpServer server;
    const auto listener = server.listen_tcp("127.0.0.1", 0, echo);
    REQUIRE(listener);
    const std::uint16_t port = (*listener)->port();
    REQUIRE(port != 0);
    const auto second = server.listen_tcp("127.0.0.1", port, echo);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == contracts::ErrorKind::conflict);
    CHECK(second.error().message.find(std::to_string(port)) != std::string::npos);
    CHECK(server.listen_tcp("not an address", 0, echo).error().field == "address");

    std::jthread thread([&] { server.run(); });
    RawClient client(port);
    client.send("GET /tcp HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client.receive().find("X-Seen: GET /tcp") != std::string::npos);
    server.stop();
}

TEST_CASE("more connections than a door takes wait until one of them ends") {
    Running running(echo);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 0; i < kMaxConnectionsPerDoor; ++i) {
        clients.push_back(std::make_unique<RawClient>(running.path));
        clients.back()->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        REQUIRE(clients.back()->receive().starts_with("HTTP/1.1 200"));
    }
    RawClient late(running.path);
    late.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK_FALSE(late.hung_up(50));
    clients.pop_back();
    CHECK(late.receive().find("GET /late") != std::string::npos);
}

TEST_CASE("stop lets answers under way go out and does not wait for ever for the others") {
    std::mutex mutex;
    std::map<std::string, HttpReply> waiting;
    auto running = std::make_unique<Running>([&](HttpRequest request, HttpReply reply) {
        const std::lock_guard lock(mutex);
        waiting.emplace(request.path, std::move(reply));
    });
    RawClient first(running->path);
    RawClient second(running->path);
    first.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n");
    second.send("GET /second HTTP/1.1\r\nHost: x\r\n\r\n");
    tests::eventually("both are under way", [&] {
        const std::lock_guard lock(mutex);
        return waiting.size() == 2;
    });
    running->server.stop();
    waiting["/first"]({200, {}, "done"});
    CHECK(body_of(first.receive()) == "done");
    running.reset();
    CHECK(second.hung_up(20'000));
    waiting["/second"]({200, {}, "too late"});  // harmless
}

TEST_CASE("work can be posted to the loop from any thread") {
    Running running(echo);
    std::atomic<bool> on_loop = false;
    running.server.loop().post([&] { on_loop = running.server.loop().is_this_thread(); });
    tests::eventually("the work ran on the loop", [&] { return on_loop.load(); });
    CHECK_FALSE(running.server.loop().is_this_thread());
}

}  // namespace control
