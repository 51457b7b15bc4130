#include "control/http/client.h"

#include "far_side.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <condition_variable>
#include <cstdlib>
#include <future>

using namespace std::chrono_literals;
using contracts::ErrorKind;
using contracts::Result;
using control::ClientRequest;
using control::HttpClient;
using control::HttpHeader;
using control::HttpResponse;
using far_side::Connection;
using far_side::Server;

namespace {

constexpr std::string_view kEmptyAnswer = "HTTP/1.1 204 No Content\r\n\r\n";

ClientRequest to(const Server& server, std::string method = "GET") {
    ClientRequest request;
    request.method = std::move(method);
    request.url = "http://far-side/path?q=1";
    request.unix_socket = server.path();
    return request;
}

std::string answer_with(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

// A start() with a future to wait for.
struct Started {
    std::shared_ptr<std::promise<Result<HttpResponse>>> promise =
        std::make_shared<std::promise<Result<HttpResponse>>>();
    std::future<Result<HttpResponse>> future = promise->get_future();
    std::shared_ptr<control::HttpExchange> exchange;

    Started(HttpClient& client, ClientRequest request) {
        exchange =
            client.start(std::move(request), [promise = promise](Result<HttpResponse> answer) {
                promise->set_value(std::move(answer));
            });
    }
    Result<HttpResponse> wait() {
        if (future.wait_for(20s) != std::future_status::ready)
            return contracts::fail(ErrorKind::fatal, "the test waited in vain");
        return future.get();
    }
};

}  // namespace

TEST_CASE("a request carries its method, path, headers and body, and the answer its own") {
    std::string head, body;
    Server server([&](Connection& peer) {
        head = peer.read_head();
        body = peer.read_exactly(7);
        peer.send("HTTP/1.1 201 Created\r\nX-Seen:  yes \r\nContent-Length: 2\r\n\r\nok");
    });
    HttpClient client;
    ClientRequest request = to(server, "POST");
    request.headers = {{"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "text/plain"}};
    request.body = "payload";
    const auto answer = client.perform(request);
    REQUIRE(answer);
    CHECK(answer->status == 201);
    CHECK(answer->body == "ok");
    REQUIRE(!answer->headers.empty());
    CHECK(answer->headers[0].name == "X-Seen");
    CHECK(answer->headers[0].value == "yes");
    CHECK(head.starts_with("POST /path?q=1 HTTP/1.1\r\n"));
    CHECK(head.find("\r\nX-One: 1\r\n") != std::string::npos);
    CHECK(head.find("\r\nX-Empty:\r\n") != std::string::npos);
    CHECK(head.find("\r\nContent-Length: 7\r\n") != std::string::npos);
    CHECK(head.find("Expect") == std::string::npos);
    CHECK(head.find("urlencoded") == std::string::npos);
    CHECK(body == "payload");
}

TEST_CASE("an answer that is cut off at any byte is none, and worth another try") {
    const std::string whole = "HTTP/1.1 201 Created\r\nX-Seen: yes\r\nContent-Length: 2\r\n\r\nok";
    std::atomic<std::size_t> cut = 0;
    Server server([&](Connection& peer) {
        peer.read_head();
        peer.send(std::string_view(whole).substr(0, cut));
    });
    HttpClient client;
    for (cut = 0; cut < whole.size(); ++cut) {
        const auto answer = client.perform(to(server));
        INFO(cut << " bytes");
        REQUIRE_FALSE(answer);
        CHECK(answer.error().kind == ErrorKind::transient);
    }
    CHECK(client.perform(to(server)));
}

TEST_CASE("a POST without a body says that it has none") {
    std::string head;
    Server server([&](Connection& peer) {
        head = peer.read_head();
        peer.send(kEmptyAnswer);
    });
    HttpClient client;
    const auto answer = client.perform(to(server, "POST"));
    REQUIRE(answer);
    CHECK(answer->status == 204);
    CHECK(head.find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("any status is an answer, and an interim answer is none") {
    Server server([](Connection& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 102 Processing\r\nX-Interim: 1\r\n\r\n");
        peer.send("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
    });
    HttpClient client;
    int told = 0;
    ClientRequest request = to(server);
    request.on_headers = [&told](int status, const std::vector<HttpHeader>& headers) {
        told = told * 1000 + status;
        CHECK(headers.size() == 1);
    };
    const auto answer = client.perform(request);
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(answer->body == "busy");
    CHECK(told == 503);
}

TEST_CASE("one connection serves one request after the other") {
    Server server([](Connection& peer) {
        while (!peer.read_head().empty() && peer.send(answer_with("again"))) {
        }
    });
    HttpClient client;
    for (int i = 0; i < 20; ++i)
        REQUIRE(client.perform(to(server)));
    CHECK(server.connections() == 1);
}

TEST_CASE("many threads share the client") {
    Server server([](Connection& peer) {
        while (!peer.read_head().empty() && peer.send(answer_with("x"))) {
        }
    });
    HttpClient client;
    std::atomic<int> good = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i)
                if (const auto answer = client.perform(to(server)); answer && answer->body == "x")
                    ++good;
        });
    threads.clear();
    CHECK(good == 400);
}

TEST_CASE(
    "a socket that is not there is a transient error that names it and keeps the URL to itself") {
    HttpClient client;
    ClientRequest request;
    request.url = "http://user:hidden@far-side/secret-path?token=secret";
    request.unix_socket = "/tmp/no-such-socket-of-ours";
    const auto answer = client.perform(request);
    REQUIRE(!answer);
    CHECK(answer.error().kind == ErrorKind::transient);
    CHECK(answer.error().message.find("/tmp/no-such-socket-of-ours") != std::string::npos);
    request.unix_socket.clear();
    request.url = "http://user:hidden@127.0.0.1:1/secret-path";
    const auto other = client.perform(request);
    REQUIRE(!other);
    CHECK(other.error().message.find("127.0.0.1:1") != std::string::npos);
    CHECK(other.error().message.find("hidden") == std::string::npos);
    CHECK(other.error().message.find("secret") == std::string::npos);
}

TEST_CASE(
    "a line break in a header, a wrong scheme and a wrong URL are refused before anything is "
    "sent") {
    Server server([](Connection& peer) { peer.wait_until_peer_is_gone(); });
    HttpClient client;
    ClientRequest request = to(server);
    request.headers = {{"X-One", "1\r\nX-Two: 2"}};
    auto answer = client.perform(request);
    REQUIRE(!answer);
    CHECK(answer.error().kind == ErrorKind::invalid);
    CHECK(answer.error().field == "X-One");
    for (const char* url : {"file:///etc/passwd", "gopher://x/", "http://"}) {
        request = to(server);
        request.url = url;
        answer = client.perform(request);
        REQUIRE(!answer);
        CHECK(answer.error().kind == ErrorKind::invalid);
        CHECK(answer.error().field == "url");
    }
    CHECK(server.connections() == 0);
}

TEST_CASE("a far side that never answers is cut off by the timeout") {
    Server server([](Connection& peer) { peer.wait_until_peer_is_gone(); });
    HttpClient client;
    ClientRequest request = to(server);
    request.timeout = 100ms;
    const auto answer = client.perform(request);
    REQUIRE(!answer);
    CHECK(answer.error().kind == ErrorKind::transient);
}

TEST_CASE("the idle timeout ends a silent exchange and leaves a slow one alone") {
    std::atomic<bool> silent = false;
    Server server([&](Connection& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 6 && !silent; ++i) {
            std::this_thread::sleep_for(60ms);
            peer.send("1\r\nx\r\n");
        }
        if (silent) return peer.wait_until_peer_is_gone();
        peer.send("0\r\n\r\n");
    });
    HttpClient client;
    ClientRequest request = to(server);
    request.timeout = 0ms;
    request.idle_timeout = 250ms;
    const auto slow = client.perform(request);
    REQUIRE(slow);
    CHECK(slow->body == "xxxxxx");
    silent = true;
    const auto dead = client.perform(request);
    REQUIRE(!dead);
    CHECK(dead.error().kind == ErrorKind::transient);
}

TEST_CASE("an answer that breaks off or is larger than allowed is an error") {
    Server server([](Connection& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    });
    HttpClient client;
    auto answer = client.perform(to(server));
    REQUIRE(!answer);
    CHECK(answer.error().kind == ErrorKind::transient);
    ClientRequest request = to(server);
    request.max_body = 5;
    answer = client.perform(request);
    REQUIRE(!answer);
    CHECK(answer.error().kind == ErrorKind::invalid);
    CHECK(answer.error().message.find("larger than 5 bytes") != std::string::npos);
}

TEST_CASE("a chunked answer is handed over while it comes") {
    std::promise<void> first_seen;
    Server server([&](Connection& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        first_seen.get_future().wait();
        peer.send("6\r\nsecond\r\n0\r\n\r\n");
    });
    HttpClient client;
    std::string all;
    ClientRequest request = to(server);
    request.on_data = [&](std::string_view data) {
        if (all.empty()) first_seen.set_value();
        all.append(data);
        return true;
    };
    const auto answer = client.perform(request);
    REQUIRE(answer);
    CHECK(all == "firstsecond");
    CHECK(answer->body.empty());
}

TEST_CASE("a receiver that says stop ends the exchange") {
    Server server([](Connection& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\n\r\nmore and");
        peer.wait_until_peer_is_gone();
    });
    HttpClient client;
    ClientRequest request = to(server);
    request.on_data = [](std::string_view) {
        return false;
    };
    const auto answer = client.perform(request);
    REQUIRE(!answer);
    CHECK(answer.error().kind == ErrorKind::transient);
    CHECK(answer.error().message.find("stopped by the caller") != std::string::npos);
}

TEST_CASE("a held exchange takes no data until it is released") {
    constexpr std::size_t kTotal = 32 << 20;
    std::promise<std::size_t> stuck_at;
    auto stuck = stuck_at.get_future();
    Server server([&](Connection& peer) {
        peer.read_head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kTotal) + "\r\n\r\n");
        const std::string block(64 << 10, 'd');
        // The sockets' buffers are full once nothing moves for a while.
        std::size_t sent = 0;
        for (int still = 0; sent < kTotal && still < 130;) {
            const std::size_t now = peer.send_without_waiting(
                std::string_view(block).substr(0, std::min(block.size(), kTotal - sent)));
            sent += now;
            still = now == 0 ? still + 1 : 0;
            if (now == 0) std::this_thread::sleep_for(10ms);
        }
        stuck_at.set_value(sent);
        peer.send(std::string(kTotal - sent, 'd'));
    });
    HttpClient client;
    std::atomic<std::size_t> taken = 0;
    std::shared_ptr<control::HttpExchange> exchange;
    std::promise<void> handed;
    auto exchange_known = handed.get_future().share();
    ClientRequest request = to(server);
    request.timeout = 0ms;
    request.idle_timeout = 1s;  // a connection that is held back does not count as idle
    request.on_data = [&](std::string_view data) {
        if (taken == 0) {
            exchange_known.wait();
            exchange->hold_data();
        }
        taken += data.size();
        return true;
    };
    Started started(client, request);
    exchange = started.exchange;
    handed.set_value();
    const std::size_t sent = stuck.get();
    CHECK(sent < kTotal);
    CHECK(taken < (1 << 20));
    exchange->release_data();
    REQUIRE(started.wait());
    CHECK(taken == kTotal);
}

TEST_CASE("a streamed request body is sent as it comes, chunked or with the length that was told") {
    const bool sized = GENERATE(false, true);
    std::string head, body;
    Server server([&](Connection& peer) {
        head = peer.read_head();
        body = sized ? peer.read_exactly(10) : peer.read_until("0\r\n\r\n");
        peer.send(kEmptyAnswer);
    });
    HttpClient client;
    std::mutex mutex;
    std::vector<std::string> ready;
    std::condition_variable starving;
    bool starved = false, ended = false;
    ClientRequest request = to(server, "PUT");
    if (sized) request.headers = {{"Content-Length", "10"}};
    request.on_read = [&](std::size_t) -> std::optional<std::string> {
        const std::lock_guard lock(mutex);
        if (!ready.empty()) {
            std::string part = ready.front();
            ready.erase(ready.begin());
            return part;
        }
        if (ended) return "";
        starved = true;
        starving.notify_all();
        return std::nullopt;
    };
    Started started(client, request);
    for (const char* part : {"hello", "world"}) {
        std::unique_lock lock(mutex);
        REQUIRE(starving.wait_for(lock, 10s, [&] { return starved; }));
        starved = false;
        ready.emplace_back(part);
        lock.unlock();
        started.exchange->resume();
    }
    {
        std::unique_lock lock(mutex);
        ended = true;
    }
    started.exchange->resume();
    const auto answer = started.wait();
    REQUIRE(answer);
    if (sized) {
        CHECK(body == "helloworld");
        CHECK(head.find("Content-Length: 10\r\n") == head.rfind("Content-Length:"));
        CHECK(head.find("chunked") == std::string::npos);
    } else {
        CHECK(body == "5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n");
        CHECK(head.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    }
}

TEST_CASE("more than there was room for is kept for the next read") {
    const std::string large(3 << 20, 'L');
    std::size_t received = 0;
    Server server([&](Connection& peer) {
        peer.read_head();
        received = peer.read_exactly(large.size()).size();
        peer.send(kEmptyAnswer);
    });
    HttpClient client;
    ClientRequest request = to(server, "PUT");
    request.headers = {{"Content-Length", std::to_string(large.size())}};
    bool given = false;
    request.on_read = [&](std::size_t) -> std::optional<std::string> {
        return std::exchange(given, true) ? "" : large;
    };
    REQUIRE(client.perform(request));
    CHECK(received == large.size());
}

TEST_CASE("cancel and a stop request end an exchange that waits") {
    Server server([](Connection& peer) { peer.wait_until_peer_is_gone(); });
    HttpClient client;
    Started started(client, to(server));
    started.exchange->cancel();
    const auto cancelled = started.wait();
    REQUIRE(!cancelled);
    CHECK(cancelled.error().kind == ErrorKind::transient);
    started.exchange->cancel();  // has no effect: the request is over

    std::stop_source stop;
    std::jthread stopper([&] {
        while (server.connections() == 0)
            std::this_thread::yield();
        stop.request_stop();
    });
    CHECK(!client.perform(to(server), stop.get_token()));
    CHECK(!client.perform(to(server), stop.get_token()));
}

TEST_CASE("a client that goes away ends what is under way, and its exchanges may be kept") {
    Server server([](Connection& peer) { peer.wait_until_peer_is_gone(); });
    auto client = std::make_unique<HttpClient>();
    std::vector<std::unique_ptr<Started>> all;
    for (int i = 0; i < 10; ++i)
        all.push_back(std::make_unique<Started>(*client, to(server)));
    client.reset();
    for (const auto& started : all) {
        const auto answer = started->wait();
        REQUIRE(!answer);
        CHECK(answer.error().kind == ErrorKind::transient);
        started->exchange->release_data();
    }
}

TEST_CASE("a proxy of the environment is passed by for this machine, and named elsewhere") {
    ::setenv("http_proxy", "http://user:secret@127.0.0.1:1", 1);
    HttpClient client;
    const auto error_of = [&](const char* url) {
        ClientRequest request;
        request.url = url;
        const auto answer = client.perform(std::move(request));
        REQUIRE_FALSE(answer);
        return answer.error().message;
    };
    // Nothing listens on these ports either, but the error must be about the address.
    for (const char* url : {"http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/"}) {
        const std::string direct = error_of(url);
        INFO(direct);
        CHECK(direct.find("proxy") == std::string::npos);
        CHECK(direct.find("port 1 ") == std::string::npos);
    }
    const std::string lost = error_of("http://api.example/path");
    ::unsetenv("http_proxy");
    INFO(lost);
    CHECK(lost.find("through the proxy http://127.0.0.1:1 (from http_proxy)") != std::string::npos);
    CHECK(lost.find("secret") == std::string::npos);
}
