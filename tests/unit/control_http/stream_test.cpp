#include "control/http/event_stream.h"
#include "control/http/loop.h"
#include "control/http/server.h"
#include "control/http/static_files.h"
#include "raw_client.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <mutex>
#include <thread>

namespace control {

namespace {

using namespace std::chrono_literals;

// A stream that returns what the test puts in.
class Fed : public BodySource {
public:
    explicit Fed(bool endless = false) : endless_(endless) {}
    ~Fed() override { gone = true; }

    void feed(std::optional<std::string> piece) {
        std::function<void()> wake;
        {
            const std::lock_guard lock(mutex_);
            pieces_.push_back(piece.value_or(""));
            wake = wake_;
        }
        if (wake) wake();
    }
    void begin(std::function<void()> wake) override {
        const std::lock_guard lock(mutex_);
        wake_ = std::move(wake);
    }
    std::optional<std::string> next() override {
        const std::lock_guard lock(mutex_);
        if (pieces_.empty()) return std::nullopt;
        std::string piece = std::move(pieces_.front());
        pieces_.pop_front();
        ++asked;
        return piece;
    }
    bool is_endless() const override { return endless_; }

    static inline std::atomic<bool> gone = false;
    std::atomic<int> asked = 0;

private:
    bool endless_;
    std::mutex mutex_;
    std::function<void()> wake_;
    std::deque<std::string> pieces_;
};

// An endless stream.
class Flood : public BodySource {
public:
    Flood(std::atomic<std::size_t>& given, std::atomic<bool>& gone) : given_(given), gone_(gone) {}
    ~Flood() override { gone_ = true; }
    void begin(std::function<void()>) override {}
    std::optional<std::string> next() override {
        given_ += kPiece;
        return std::string(kPiece, 'x');
    }

private:
    static constexpr std::size_t kPiece = 64 << 10;
    std::atomic<std::size_t>& given_;
    std::atomic<bool>& gone_;
};

class Events : public EventBody {
public:
    using EventBody::EventBody;
    ~Events() override { ++ended; }
    void listen(std::function<void()> wake) override {
        const std::lock_guard lock(mutex);
        wakes.push_back(std::move(wake));
    }
    std::optional<ServerEvent> next_event() override {
        const int now = round;
        if (seen_ == now) return std::nullopt;
        seen_ = now;
        return ServerEvent{std::to_string(now), "round", "number\n" + std::to_string(now)};
    }
    static inline std::atomic<int> ended = 0;
    static inline std::atomic<int> round = 0;
    static inline std::mutex mutex;
    static inline std::vector<std::function<void()>> wakes;

private:
    int seen_ = 0;
};

struct Streaming {
    explicit Streaming(std::function<std::shared_ptr<BodySource>()> make,
                       std::chrono::milliseconds idle = kIdleTimeout)
        : server(idle) {
        Fed::gone = false;
        auto opened =
            server.listen_unix(path,
                               [make = std::move(make)](HttpRequest request, HttpReply reply) {
                                   if (request.path == "/short") return reply({200, {}, "short"});
                                   HttpResponse response;
                                   response.stream = make();
                                   reply(std::move(response));
                               },
                               {.max_connections = 4'096});
        REQUIRE(opened);
        listener = std::move(*opened);
        thread = std::jthread([this] { server.run(); });
    }
    ~Streaming() { server.stop(); }

    tests::TemporaryDirectory directory;
    std::string path = directory / "api.sock";
    HttpServer server;
    std::unique_ptr<Listener> listener;
    std::jthread thread;
};

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kShort = "GET /short HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

TEST_CASE("a streamed body goes out piece by piece as it comes, and the connection is kept") {
    auto fed = std::make_shared<Fed>();
    Streaming streaming([&] { return std::exchange(fed, nullptr); });
    const auto body = fed;
    RawClient client(streaming.path);
    client.send(kGet);
    const std::string head = client.receive_to("\r\n\r\n");
    CHECK(head.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(head.find("Content-Length") == std::string::npos);
    body->feed("one");
    CHECK(client.receive_to("\r\n") == "3\r\n");
    CHECK(client.receive_to("\r\n") == "one\r\n");
    body->feed(std::string(70'000, 'b'));
    CHECK(client.receive_to("\r\n") == "11170\r\n");
    CHECK(client.receive_to("\r\n").size() == 70'002);
    // The next request arrives during the answer to this one.
    client.send(kShort);
    body->feed({});
    CHECK(client.receive_to("0\r\n\r\n") == "0\r\n\r\n");
    CHECK(client.receive().ends_with("\r\n\r\nshort"));
}

TEST_CASE("HTTP/1.0 gets a streamed body without chunks, HEAD gets none, and each has its end") {
    Streaming streaming([] {
        auto fed = std::make_shared<Fed>();
        fed->feed("all of it");
        fed->feed({});
        return fed;
    });
    RawClient old(streaming.path);
    old.send("GET / HTTP/1.0\r\n\r\n");
    const std::string answer = old.receive_to("never");
    CHECK(answer.find("Transfer-Encoding") == std::string::npos);
    CHECK(answer.ends_with("Connection: close\r\n\r\nall of it"));
    RawClient head(streaming.path);
    head.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(kShort));
    CHECK(head.receive_to("\r\n\r\n").find("chunked") != std::string::npos);
    CHECK(head.receive().ends_with("short"));
}

TEST_CASE("a client that does not read costs one piece, holds up nobody, and is cut off") {
    std::atomic<std::size_t> given = 0;
    std::atomic<bool> cut_off = false;
    Streaming streaming([&] { return std::make_shared<Flood>(given, cut_off); }, 400ms);
    RawClient slow(streaming.path);
    slow.send(kGet);
    // The amount read is bounded by the kernel's buffers and one piece, though the body is endless.
    tests::eventually("the flood begins", [&] { return given > 0; });
    for (int i = 0; i < 50; ++i) {
        RawClient other(streaming.path);
        other.send(kShort);
        REQUIRE(other.receive().ends_with("short"));
    }
    CHECK(given < (4u << 20));
    tests::eventually("it is cut off", [&] { return cut_off.load(); });
    // The buffered data arrives, and then the connection ends without the final chunk.
    CHECK(slow.receive_to("\r\n0\r\n\r\n").find("\r\n0\r\n\r\n") == std::string::npos);
}

TEST_CASE("a client that half-closes gets the rest of an answer, and is gone for one without end") {
    SECTION("with an end") {
        auto fed = std::make_shared<Fed>();
        Streaming streaming([fed] { return fed; });
        RawClient client(streaming.path);
        client.send(kGet);
        client.shut_sending();
        CHECK(client.receive_to("\r\n\r\n").starts_with("HTTP/1.1 200"));
        fed->feed("rest");
        fed->feed({});
        CHECK(client.receive_to("0\r\n\r\n") == "4\r\nrest\r\n0\r\n\r\n");
        CHECK(client.hung_up(20'000));
    }
    SECTION("without") {
        Streaming streaming([] { return std::make_shared<Fed>(true); });
        RawClient client(streaming.path);
        client.send(kGet);
        CHECK(client.receive_to("\r\n\r\n").starts_with("HTTP/1.1 200"));
        client.shut_sending();
        CHECK(client.hung_up(20'000));
        tests::eventually("the body is let go of", [] { return Fed::gone.load(); });
    }
}

TEST_CASE("a body is let go of when its client hangs up") {
    Streaming streaming([] { return std::make_shared<Fed>(true); });
    {
        RawClient client(streaming.path);
        client.send(kGet);
        CHECK(client.receive_to("\r\n\r\n").starts_with("HTTP/1.1 200"));
        CHECK(!Fed::gone);
    }
    tests::eventually("the body is let go of", [] { return Fed::gone.load(); });
}

TEST_CASE("events have an id, a name and lines; what would break a line does not") {
    CHECK(render({"7", "tick", "one\r\ntwo\rthree\n"}) ==
          "id: 7\nevent: tick\ndata: one\ndata: two\ndata: three\ndata: \n\n");
    CHECK(render({"", "", "<script>"}) == "data: <script>\n\n");
    CHECK(render({"7\nevent: evil", "a\rb", ""}) == "id: 7 event: evil\nevent: a b\ndata: \n\n");
    HttpRequest request;
    request.headers.push_back({"last-event-id", "12"});
    CHECK(last_event_id(request) == "12");
    request.headers[0].value = std::string(5'000, '1');
    CHECK(last_event_id(request).empty());
}

TEST_CASE("a quiet event stream has a heartbeat, and a server that stops does not wait for it") {
    Events::ended = 0;
    Events::round = 0;
    Streaming streaming([] { return std::make_shared<Events>(100ms); }, 400ms);
    RawClient client(streaming.path);
    client.send(kGet);
    CHECK(client.receive_to("\r\n\r\n").starts_with("HTTP/1.1 200"));
    CHECK(client.receive_to("\n\n").find("retry: 1000\n") != std::string::npos);
    // Longer than the server's timeouts for a request and for taking an answer.
    for (int i = 0; i < 3; ++i)
        CHECK(client.receive_to("\n\n").ends_with(":\n\n"));
    streaming.server.stop();
    streaming.thread.join();
    CHECK(Events::ended == 1);
    CHECK(client.hung_up(20'000));
}

TEST_CASE("a thousand watchers who have nothing to see, and each sees what comes") {
    Events::ended = 0;
    Events::round = 0;
    Events::wakes.clear();
    {
        Streaming streaming([] { return std::make_shared<Events>(); });
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 1'000; ++i) {
            clients.push_back(std::make_unique<RawClient>(streaming.path));
            clients.back()->send(kGet);
        }
        tests::eventually("all of them watch", [] {
            const std::lock_guard lock(Events::mutex);
            return Events::wakes.size() == 1'000;
        });
        Events::round = 1;
        {
            const std::lock_guard lock(Events::mutex);
            for (const auto& wake : Events::wakes)
                wake(), wake();
        }
        for (const auto& client : clients)
            CHECK(client->receive_to("number\n").find("id: 1\nevent: round\n") !=
                  std::string::npos);
        RawClient other(streaming.path);
        other.send(kShort);
        CHECK(other.receive().ends_with("short"));
    }
    CHECK(Events::ended == 1'000);
    // The callbacks may still be called long after the loop has ended.
    for (const auto& wake : Events::wakes)
        wake();
}

TEST_CASE("static files go packed to whom takes that, and not again to whom has them") {
    const std::string text(5'000, 'a');
    const StaticFile list[] = {{"page.js", "text/javascript", text}, {"dot", "image/png", "x"}};
    const StaticFiles files(list);
    HttpRequest request{
        .method = "GET", .path = "/page.js", .query = {}, .headers = {}, .body = {}};
    const HttpResponse plain = files.serve(request, "page.js");
    CHECK(plain.body == text);
    CHECK(plain.header("Content-Type") == "text/javascript");
    CHECK(plain.header("Content-Encoding").empty());
    request.headers = {{"Accept-Encoding", "gzip, br"}};
    const HttpResponse packed = files.serve(request, "page.js");
    CHECK(packed.header("Content-Encoding") == "gzip");
    CHECK(packed.body.starts_with("\x1f\x8b"));
    CHECK(packed.body.size() < 100);
    CHECK(packed.header("ETag") != plain.header("ETag"));
    CHECK(files.serve(request, "dot").body == "x");
    CHECK(files.packed_size() == packed.body.size() + 1);

    request.headers.push_back(
        {"If-None-Match", "\"other\", " + std::string(packed.header("ETag"))});
    const HttpResponse known = files.serve(request, "page.js");
    CHECK(known.status == 304);
    CHECK(known.body.empty());
    CHECK(known.header("ETag") == packed.header("ETag"));
    request.headers.back().value = plain.header("ETag");
    CHECK(files.serve(request, "page.js").status == 200);

    CHECK(files.serve(request, "other.js").status == 404);
    request.method = "POST";
    CHECK(files.serve(request, "page.js").status == 405);
}

}  // namespace control
