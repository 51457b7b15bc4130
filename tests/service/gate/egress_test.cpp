#include "tests/service/gate/far_server.h"
#include "tests/service/gate/raw_socket.h"

using namespace gate_tests;
using tests::eventually;

namespace {

// A worker that may reach these patterns; every name resolves to this machine's loopback.
struct Outside {
    Doors doors{};
    std::atomic<int> lookups = 0;
    std::string socket{};

    void open(const std::vector<std::string>& patterns) {
        for (const std::string& text : patterns)
            doors.egress.settings.allow.push_back(must(egress::parse_pattern(text)));
        if (!answer)
            answer = [](const std::string&) {
                return std::vector{*egress::parse_address("127.0.0.1")};
            };
        doors.egress.look_up = [this](const std::string& host) -> LookedUp {
            ++lookups;
            return answer(host);
        };
        socket = doors.open() + "/egress.sock";
    }
    // `far.test` at this port, and the address that it resolves to.
    void open_to(std::uint16_t port) {
        open({"far.test:" + std::to_string(port), "127.0.0.1:" + std::to_string(port)});
    }
    [[nodiscard]] RawSocket ask(const std::string& request) const {
        RawSocket connection(socket);
        connection.send(request);
        return connection;
    }
    [[nodiscard]] RawSocket connect(const std::string& target) const {
        return ask("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n");
    }
    // The whole response.
    [[nodiscard]] std::string answer_to(const std::string& target) const {
        return connect(target).rest();
    }

    std::function<LookedUp(const std::string&)> answer{};
};

std::string far_test(std::uint16_t port) {
    return "far.test:" + std::to_string(port);
}

constexpr std::string_view kRefused = "HTTP/1.1 403 Not allowed by EGRESS_ALLOW";
constexpr std::string_view kConnected = "HTTP/1.1 200 Connection established\r\n\r\n";

}  // namespace

TEST_CASE("a tunnel carries bytes both ways, however many, and each side may end first") {
    FarServer far([](const UniqueFd& fd) { echo(fd); });
    Outside outside;
    outside.open_to(far.port);
    const RawSocket tunnel = outside.connect(far_test(far.port));
    CHECK(tunnel.until("\r\n\r\n") == kConnected);
    const std::string large(8 << 20, 'x');
    std::jthread sender([&] { tunnel.send(large); });
    std::string back;
    while (back.size() < large.size())
        REQUIRE(tunnel.receive(back));
    sender.join();
    CHECK(back == large);
    CHECK(outside.lookups == 1);
    CHECK(outside.doors.egress.totals->connections == 1);
    CHECK(outside.doors.egress.totals->bytes_out == large.size());
    CHECK(outside.doors.egress.totals->bytes_in == large.size());
}

TEST_CASE("a tunnel that is half closed goes on the other way") {
    FarServer far([](const UniqueFd& fd) {
        const std::string question = all_of(fd.get());  // reads to the end before it answers
        send_all(fd.get(), "answer to " + question);
    });
    Outside outside;
    outside.open_to(far.port);
    const RawSocket tunnel = outside.connect(far_test(far.port));
    (void)tunnel.until("\r\n\r\n");
    tunnel.send("question");
    tunnel.finish();
    CHECK(tunnel.rest() == "answer to question");
}

TEST_CASE("what comes with CONNECT goes first, and a slow far side slows the worker") {
    std::atomic<bool> go = false;
    std::string got;
    FarServer far([&](const UniqueFd& fd) {
        go.wait(false);
        got = all_of(fd.get());
        send_all(fd.get(), "done");
    });
    Outside outside;
    outside.open_to(far.port);
    const std::string target = far_test(far.port);
    const RawSocket tunnel = outside.ask("CONNECT " + target + " HTTP/1.1\r\n\r\nearly ");
    (void)tunnel.until("\r\n\r\n");
    std::size_t taken = 0;
    const std::string piece(65536, 'y');
    // Sends until all buffers are full: no more than that is held for a worker.
    while (tunnel.takes_more())
        taken += tunnel.send_some(piece);
    CHECK(taken < 32U << 20);
    go = true;
    go.notify_all();
    tunnel.finish();
    CHECK(tunnel.rest() == "done");
    CHECK(got.size() == taken + 6);
    CHECK(got.starts_with("early yyy"));
}

TEST_CASE("what is not allowed is refused before anything is looked up, with what is") {
    Outside outside;
    std::mutex guard;
    std::vector<RefusedConnection> told;
    outside.doors.egress.on_refusal = [&](const RefusedConnection& refused) {
        const std::lock_guard lock(guard);
        told.push_back(refused);
    };
    outside.open({"pypi.org", "*.example.org:8443"});
    for (const char* target :
         {"evil.example:443", "pypi.org:80", "example.org:8443", "a.example.org:443",
          "169.254.169.254:443", "127.0.0.1:443", "8.8.8.8:443", "[fd00:ec2::254]:443",
          "localhost:443", "pypi.org.evil.example:443"}) {
        const std::string answer = outside.answer_to(target);
        CAPTURE(target, answer);
        CHECK(answer.starts_with(kRefused));
        CHECK(answer.find("pypi.org:443, *.example.org:8443") != std::string::npos);
    }
    for (const char* target : {"127.1:443", "2130706433:443", "0x7f000001:443", "0177.0.0.1:443",
                               "pypi.org", "user@pypi.org:443", "[::1:443", "pypi.org:99999"}) {
        const std::string answer = outside.answer_to(target);
        CAPTURE(target, answer);
        CHECK(answer.starts_with("HTTP/1.1 400 "));
    }
    CHECK(outside.answer_to(std::string(4000, 'a') + ":443").starts_with("HTTP/1.1 400 "));
    CHECK(outside.answer_to(std::string(9000, 'a') + ":443").starts_with("HTTP/1.1 431 "));
    CHECK(outside.lookups == 0);
    CHECK(outside.doors.egress.totals->refused == 10);
    const std::lock_guard lock(guard);
    REQUIRE(told.size() == 10);
    CHECK(told[0].worker_id == "w-1");
    CHECK(told[0].host == "evil.example");
    CHECK(told[0].port == 443);
    CHECK_FALSE(told[0].reason.empty());
}

TEST_CASE("a name that leads inside leads nowhere") {
    FarServer inside([](const UniqueFd& fd) { send_all(fd.get(), "secret"); });
    Outside outside;
    outside.open({"*:" + std::to_string(inside.port)});
    for (const char* address :
         {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1",
          "64:ff9b::7f00:1", "2002:7f00:1::", "0.0.0.0", "::", "224.0.0.1", "fd00::1"}) {
        outside.answer = [&](const std::string&) {
            return std::vector{*egress::parse_address(address)};
        };
        const std::string answer = outside.answer_to(far_test(inside.port));
        CAPTURE(address, answer);
        CHECK(answer.starts_with(kRefused));
        CHECK(answer.find("has no address on the public internet") != std::string::npos);
    }
    CHECK(inside.accepted == 0);
}

TEST_CASE("a name is looked up once: one that turns leads nowhere") {
    FarServer inside([](const UniqueFd& fd) { send_all(fd.get(), "secret"); });
    Outside outside;
    const std::string port = std::to_string(inside.port);
    outside.open({"*:" + port, "127.0.0.2:" + port});
    // The first lookup gives an allowed address; a second one would give an internal address.
    outside.answer = [&](const std::string&) {
        return std::vector{
            *egress::parse_address(outside.lookups == 1 ? "127.0.0.2" : "127.0.0.1")};
    };
    CHECK(outside.answer_to(far_test(inside.port)).starts_with("HTTP/1.1 502 "));
    CHECK(outside.lookups == 1);
    CHECK(outside.answer_to(far_test(inside.port)).starts_with(kRefused));
    CHECK(outside.lookups == 2);
    CHECK(inside.accepted == 0);
}

TEST_CASE("of several addresses those that are allowed are tried, in order") {
    FarServer far([](const UniqueFd& fd) { send_all(fd.get(), "here"); });
    Outside outside;
    outside.answer = [](const std::string&) {
        return std::vector{*egress::parse_address("10.9.9.9"), *egress::parse_address("127.0.0.2"),
                           *egress::parse_address("127.0.0.1")};
    };
    const std::string port = std::to_string(far.port);
    outside.open({"far.test:" + port, "127.0.0.2:" + port, "127.0.0.1:" + port});
    CHECK(outside.answer_to(far_test(far.port)) == std::string(kConnected) + "here");
}

TEST_CASE("a name without an address, or with nobody there, is told") {
    Outside outside;
    outside.answer = [](const std::string& host) -> LookedUp {
        return contracts::fail(ErrorKind::not_found, host + " has no address");
    };
    std::uint16_t nobody = 0;
    {
        const UniqueFd closed = must(listen_on_tcp("127.0.0.1", 0));
        nobody = bound_port(closed.get());
    }
    outside.open_to(nobody);
    CHECK(outside.answer_to(far_test(nobody)).starts_with("HTTP/1.1 502 "));
    CHECK(outside.answer_to("127.0.0.1:" + std::to_string(nobody)).starts_with("HTTP/1.1 502 "));
}

TEST_CASE("a plain request is written anew, and one connection has one") {
    std::string head;
    FarServer far([&](const UniqueFd& fd) {
        head = head_of(fd.get());
        send_all(fd.get(),
                 "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    });
    Outside outside;
    outside.open_to(far.port);
    const std::string url = "http://" + far_test(far.port) + "/pool/a.deb";
    const std::string request =
        "GET " + url + " HTTP/1.1\r\nHost: evil.test\r\nProxy-Authorization: Basic eA==\r\n\r\n";
    const RawSocket connection = outside.ask(request + request + request);  // as apt does
    CHECK(connection.rest().ends_with("hello"));
    CHECK(far.accepted == 1);
    CHECK(head == "GET /pool/a.deb HTTP/1.1\r\nHost: " + far_test(far.port) +
                      "\r\nConnection: close\r\n\r\n");
    CHECK(outside.ask("GET https://" + far_test(far.port) + "/ HTTP/1.1\r\n\r\n")
              .rest()
              .starts_with("HTTP/1.1 400 "));
    CHECK(outside.ask("GET http://other.test/ HTTP/1.1\r\n\r\n").rest().starts_with(kRefused));
}

TEST_CASE("of a plain request as much body goes on as it says") {
    std::string body;
    FarServer far([&](const UniqueFd& fd) {
        head_of(fd.get());
        char bytes[5];
        ::recv(fd.get(), bytes, sizeof bytes, MSG_WAITALL);
        body.assign(bytes, sizeof bytes);
        send_all(fd.get(), "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        ::shutdown(fd.get(), SHUT_WR);
        body += all_of(fd.get());
    });
    Outside outside;
    outside.open_to(far.port);
    const RawSocket connection =
        outside.ask("POST http://" + far_test(far.port) +
                    "/ HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345GET /secret HTTP/1.1\r\n\r\n");
    CHECK(connection.rest().starts_with("HTTP/1.1 204 "));
    eventually("the far side has all", [&] { return body == "12345"; });
}

TEST_CASE("the proxy itself tells what is allowed, and what was refused lately") {
    Outside outside;
    outside.open({"pypi.org"});
    CHECK(outside.answer_to("evil.example:443").starts_with(kRefused));
    const std::string told = outside.ask("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").rest();
    CHECK(told.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(told.find("This worker may reach: pypi.org:443\n") != std::string::npos);
    CHECK(told.find("evil.example:443") != std::string::npos);
}

TEST_CASE("a worker has as many bytes as the administrator says") {
    FarServer far([](const UniqueFd& fd) { echo(fd); });
    Outside outside;
    outside.doors.egress.settings.worker_mb = 1;
    outside.open_to(far.port);
    const RawSocket tunnel = outside.connect(far_test(far.port));
    (void)tunnel.until("\r\n\r\n");
    std::jthread sender([&] {
        try {
            tunnel.send(std::string(4 << 20, 'x'));
        } catch (const std::runtime_error&) {  // cut off, as this test intends
        }
    });
    CHECK(tunnel.rest().size() < 1 << 20);
    sender.join();
    const std::string later = outside.answer_to(far_test(far.port));
    CHECK(later.find("EGRESS_WORKER_MB") != std::string::npos);
}

TEST_CASE("there is no egress door where nothing is allowed, and it goes with the worker") {
    Doors nothing;
    CHECK_FALSE(std::filesystem::exists(nothing.open() + "/egress.sock"));
    FarServer far([](const UniqueFd& fd) { echo(fd); });
    Outside outside;
    outside.open_to(far.port);
    const RawSocket tunnel = outside.connect(far_test(far.port));
    (void)tunnel.until("\r\n\r\n");
    outside.doors.gate->close("w-1");
    CHECK(tunnel.rest().empty());
    CHECK_FALSE(std::filesystem::exists(outside.socket));
}

TEST_CASE("a worker with one place to reach goes there, and not where others may go") {
    FarServer far([](const UniqueFd& fd) { echo(fd); });
    Outside outside;
    outside.open_to(far.port);
    WorkerIdentity worker = Doors::worker("w-2");
    worker.reach = "127.0.0.1:" + std::to_string(far.port);
    outside.socket = outside.doors.open(worker) + "/egress.sock";
    CHECK(outside.connect(worker.reach).until("\r\n\r\n") == kConnected);
    CHECK(outside.answer_to(far_test(far.port)).starts_with(kRefused));
    CHECK(outside.answer_to("127.0.0.1:9").starts_with(kRefused));
}

TEST_CASE("connections without end cost their worker its own, and no other") {
    FarServer far([](const UniqueFd& fd) { echo(fd); });
    Outside outside;
    outside.open_to(far.port);
    std::vector<RawSocket> silent;
    for (int i = 0; i < 200; ++i)
        silent.emplace_back(outside.socket);
    eventually("those beyond the bound are closed", [&] {
        return std::ranges::count_if(silent, [](const RawSocket& one) { return one.readable(); }) >=
               136;
    });
    const std::string other = outside.doors.open(Doors::worker("w-2")) + "/egress.sock";
    const RawSocket tunnel(other);
    tunnel.send("CONNECT " + far_test(far.port) + " HTTP/1.1\r\n\r\n");
    CHECK(tunnel.until("\r\n\r\n") == kConnected);
}
