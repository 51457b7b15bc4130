#include "tests/service/gate/doors.h"
#include "tests/service/gate/far_server.h"
#include "tests/service/gate/raw_socket.h"
#include "tests/support/child_process.h"
#include "tests/support/http_request.h"
#include "tests/support/model_server.h"
#include "tests/support/sanitizers.h"

#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>

using namespace gate_tests;
using tests::eventually;

namespace {

std::string request_of(const std::string& prompt, bool stream,
                       const std::string& target = "/v1/messages") {
    const std::string body =
        dump_json(Json{{"model", "m"},
                       {"stream", stream},
                       {"messages", Json::array({Json{{"role", "user"}, {"content", prompt}}})}});
    return "POST " + target +
           " HTTP/1.1\r\nHost: a\r\nX-Api-Key: worker\r\nAuthorization: Bearer worker\r\n"
           "anthropic-version: 2023-06-01\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

// An upstream that sends `bytes` without a pause, and records how many it has sent and how its
// connection ended.
class Flood {
public:
    explicit Flood(const tests::TemporaryDirectory& directory, long bytes)
        : sent_(directory / "sent"),
          child_({.argv = {"python3", "-c", kProgram, sent_, directory / "port",
                           std::to_string(bytes)}}) {
        eventually("the upstream listens",
                   [&] { return std::filesystem::exists(directory / "port"); });
        url_ = "http://127.0.0.1:" + tests::read_file(directory / "port");
    }
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] long sent() const {
        long count = 0;
        std::ifstream(sent_) >> count;
        return count;
    }
    [[nodiscard]] bool hung_up() const {
        return std::filesystem::exists(sent_) &&
               tests::read_file(sent_).find("broken") != std::string::npos;
    }

private:
    static constexpr const char* kProgram = R"(
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[2] + ".new", "w") as file: file.write(str(listener.getsockname()[1]))
os.rename(sys.argv[2] + ".new", sys.argv[2])
def note(text):
    with open(sys.argv[1] + ".new", "w") as file: file.write(text)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    peer = listener.accept()[0]
    peer.recv(65536)
    total, sent, block = int(sys.argv[3]), 0, b"x" * 65536
    try:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
        while sent < total:
            sent += peer.send(block[:total - sent])
            note(str(sent))
        peer.close()
    except OSError:
        note(str(sent) + " broken")
)";
    std::string sent_;
    std::string url_;
    tests::ChildProcess child_;
};

long resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    return 0;
}

}  // namespace

TEST_CASE("a model call gets the daemon's key, and the worker's own credentials are dropped") {
    const tests::ModelServer model({.script = "faults", .key = "the-real-key"});
    Doors doors;
    doors.model_upstream = model.url();
    const RawSocket socket(doors.open() + "/model.sock");
    for (int i = 0; i < 2; ++i) {  // both on the same connection
        socket.send(request_of("anything", false, "/v1/messages?beta=true"));
        const std::string answer = socket.answer();
        CHECK(answer.starts_with("HTTP/1.1 200 "));
        CHECK(answer.find("the-real-key") == std::string::npos);
    }
    const auto requests = model.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].at("key_ok") == true);
    CHECK(requests[0].at("path") == "/v1/messages?beta=true");
    CHECK(requests[0].at("headers").at("anthropic-version") == "2023-06-01");
}

namespace {

// A request as codex sends it, with additions that a hostile worker might try.
std::string responses_request(const std::string& prompt) {
    const std::string body = dump_json(Json{
        {"model", "m"},
        {"stream", true},
        {"input",
         Json::array(
             {Json{{"type", "message"},
                   {"role", "user"},
                   {"content", Json::array({Json{{"type", "input_text"}, {"text", prompt}}})}}})}});
    return "POST /v1/responses HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer worker\r\n"
           "X-Api-Key: worker\r\nOpenAI-Organization: another\r\nOpenAI-Project: another\r\n"
           "Content-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("a call of OpenAI's API gets its own key at its own upstream, and its answer streams") {
    tests::TemporaryDirectory scripts;
    const std::string script = scripts.write(
        "stall.json", R"({"rules": [{"turns": [{"text": "hello", "stall": "stream"}]}]})");
    tests::ModelServer model({.script = script, .key = "the-other-key"});
    Doors doors;
    doors.openai_upstream = model.url();
    const RawSocket socket(doors.open() + "/model.sock");
    socket.send(responses_request("anything"));
    const std::string first = socket.until("response.created");
    CHECK(first.starts_with("HTTP/1.1 200 "));
    CHECK(first.find("text/event-stream") != std::string::npos);
    CHECK(first.find("response.completed") == std::string::npos);
    eventually("the stream goes on", [&] {
        model.release();
        return socket.readable();
    });
    const std::string rest = socket.until("\r\n0\r\n\r\n");
    CHECK(rest.find("response.completed") != std::string::npos);
    CHECK((first + rest).find("the-other-key") == std::string::npos);
    const auto requests = model.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].at("key_ok") == true);  // the key, and no other credential
    for (const char* const dropped : {"openai-organization", "openai-project"})
        CHECK_FALSE(requests[0].at("headers").contains(dropped));
}

TEST_CASE("each key goes to its own upstream alone, and a model without a key is no model") {
    const tests::ModelServer anthropic({.script = "faults", .key = "the-real-key"});
    const tests::ModelServer openai({.script = "faults", .key = "the-other-key"});
    Doors doors;
    doors.model_upstream = anthropic.url();
    const auto status_of = [&](const std::string& request) {
        const RawSocket socket(doors.open() + "/model.sock");
        socket.send(request);
        return socket.answer();
    };
    const std::string refused = status_of(responses_request("anything"));
    CHECK(refused.starts_with("HTTP/1.1 403 "));
    CHECK(refused.find("OPENAI_API_KEY") != std::string::npos);
    CHECK(anthropic.requests().empty());
    doors.openai_upstream = openai.url();
    doors.make();
    CHECK(status_of(responses_request("anything")).starts_with("HTTP/1.1 200 "));
    CHECK(status_of(request_of("anything", false)).starts_with("HTTP/1.1 200 "));
    CHECK(anthropic.requests().size() == 1);
    CHECK(openai.requests().size() == 1);
    // Which provider's models are meant shows in the version header, which only Anthropic wants.
    (void)status_of("GET /v1/models HTTP/1.1\r\nHost: a\r\nanthropic-version: 2023-06-01\r\n\r\n");
    (void)status_of("GET /v1/models/m HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(
        status_of("GET /v1/responses/r HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 403 "));
}

TEST_CASE("an answer streams: its first events are here before the upstream has finished") {
    tests::TemporaryDirectory scripts;
    const std::string script = scripts.write(
        "stall.json", R"({"rules": [{"turns": [{"text": "hello", "stall": "stream"}]}]})");
    tests::ModelServer model({.script = script, .key = "the-real-key"});
    Doors doors;
    doors.model_upstream = model.url();
    const RawSocket socket(doors.open() + "/model.sock");
    socket.send(request_of("anything", true));
    const std::string first = socket.until("message_start");
    CHECK(first.find("text/event-stream") != std::string::npos);
    CHECK(first.find("message_stop") == std::string::npos);
    // The upstream may not have reached its pause when it is released for the first time.
    eventually("the stream goes on", [&] {
        model.release();
        return socket.readable();
    });
    CHECK(socket.until("\r\n0\r\n\r\n").find("message_stop") != std::string::npos);
}

TEST_CASE("an upstream's error reaches the worker as it is, a missing upstream is a 502") {
    const tests::ModelServer model({.script = "faults", .key = "the-real-key"});
    Doors doors;
    doors.model_upstream = model.url();
    std::string place = doors.open();
    RawSocket socket(place + "/model.sock");
    socket.send(request_of("fault: overloaded", false));
    CHECK(socket.answer().starts_with("HTTP/1.1 529 "));
    doors.model_upstream = "http://127.0.0.1:" + std::to_string(tests::free_port());
    doors.make();
    place = doors.open();
    const RawSocket lonely(place + "/model.sock");
    lonely.send(request_of("anything", false));
    const std::string answer = lonely.answer();
    CHECK(answer.starts_with("HTTP/1.1 502 "));
    CHECK(answer.find("application/problem+json") != std::string::npos);
    CHECK(answer.find("the-real-key") == std::string::npos);
}

TEST_CASE("an answer that breaks off looks broken") {
    const tests::TemporaryDirectory scripts;
    // The upstream's Content-Length is larger than the body that it sends.
    const tests::ChildProcess upstream({.argv = {"python3", "-c", R"(
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as file: file.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
peer = listener.accept()[0]
peer.recv(65536)
peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
)",
                                                 scripts / "port"}});
    eventually("the upstream listens", [&] { return std::filesystem::exists(scripts / "port"); });
    Doors doors;
    doors.model_upstream = "http://127.0.0.1:" + tests::read_file(scripts / "port");
    const RawSocket socket(doors.open() + "/model.sock");
    socket.send(request_of("anything", true));
    const std::string answer = socket.rest();
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK_FALSE(answer.ends_with("0\r\n\r\n"));
}

TEST_CASE("a huge answer to a slow reader stays small in memory, and comes whole") {
    constexpr long kBytes = 192L << 20;
    tests::TemporaryDirectory directory;
    const Flood flood(directory, kBytes);
    Doors doors;
    doors.model_upstream = flood.url();
    const RawSocket socket(doors.open() + "/model.sock");
    const long before = resident_kib();
    socket.send(request_of("anything", true));
    std::string head = socket.until("\r\n\r\n");
    long seen = 0;
    auto since = std::chrono::steady_clock::now();
    eventually("the upstream has to wait", [&] {
        const auto now = std::chrono::steady_clock::now();
        if (std::exchange(seen, flood.sent()) != flood.sent()) since = now;
        return seen > 0 && now - since > 500ms;
    });
    CHECK(flood.sent() < 24L << 20);  // our buffers and those of both sockets
    if (!tests::kSanitized) CHECK(resident_kib() - before < 32L << 10);
    std::size_t total = head.size();
    for (std::string piece; total < static_cast<std::size_t>(kBytes); piece.clear()) {
        REQUIRE(socket.receive(piece));
        total += piece.size();
    }
    if (!tests::kSanitized) CHECK(resident_kib() - before < 48L << 10);
    eventually("all of it was sent", [&] { return flood.sent() == kBytes; });
}

TEST_CASE("a worker that hangs up ends the call that nobody reads") {
    tests::TemporaryDirectory directory;
    const Flood flood(directory, 1L << 40);
    Doors doors;
    doors.model_upstream = flood.url();
    RawSocket socket(doors.open() + "/model.sock");
    socket.send(request_of("anything", true));
    (void)socket.until("\r\n\r\n");
    socket.close();
    eventually("the upstream's connection ended", [&] { return flood.hung_up(); });
}

TEST_CASE("nothing but model calls goes through") {
    Doors doors;
    const std::string address = "unix://" + doors.open() + "/model.sock";
    const std::pair<const char*, const char*> others[] = {
        {"GET", "/"},
        {"GET", "/v1/messages"},
        {"POST", "/v1/organizations/users"},
        {"POST", "/v1/messages/../files"},
        {"POST", "/v1/messages/batches"},
        {"GET", "/v1/models/%2e%2e/files"},
        {"GET", "/v1/models/a/b"},
        {"DELETE", "/v1/models/a"},
    };
    for (const auto& [method, target] : others) {
        INFO(method << ' ' << target);
        CHECK(tests::http(address, {.method = method, .target = target}).status == 403);
    }
}

TEST_CASE("a request that is too large is refused before it is read") {
    Doors doors;
    const std::string place = doors.open();
    const RawSocket socket(place + "/model.sock");
    socket.send("POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 33554433\r\n\r\n");
    CHECK(socket.rest().starts_with("HTTP/1.1 413 "));
}

TEST_CASE(
    "the requests of one worker's calls have a bound together, and the next one has to wait") {
    tests::TemporaryDirectory scripts;
    const std::string script = scripts.write(
        "stall.json", R"({"rules": [{"turns": [{"text": "hello", "stall": "stream"}]}]})");
    const tests::ModelServer model({.script = script, .key = "the-real-key"});
    Doors doors;
    doors.model_upstream = model.url();
    const std::string place = doors.open();
    const std::string large = request_of(std::string(31 << 20, 'x'), true);
    std::vector<RawSocket> held;
    for (int i = 0; i < 2; ++i) {
        held.emplace_back(place + "/model.sock");
        held.back().send(large);
        CHECK(held.back().until("message_start").starts_with("HTTP/1.1 200 "));
    }
    const RawSocket third(place + "/model.sock");
    third.send(large);
    CHECK(third.answer().starts_with("HTTP/1.1 429 "));
    held.pop_back();
    eventually("there is room again", [&] {
        const RawSocket again(place + "/model.sock");
        again.send(large);
        return again.until("\r\n\r\n").starts_with("HTTP/1.1 200 ");
    });
}

TEST_CASE("a worker that hangs up before the answer has begun ends the call") {
    std::atomic<bool> asked = false, hung_up = false;
    const FarServer upstream([&](const UniqueFd& fd) {
        asked = !head_of(fd.get()).empty();
        (void)all_of(fd.get());
        hung_up = true;
    });
    Doors doors;
    doors.model_upstream = "http://127.0.0.1:" + std::to_string(upstream.port);
    const bool closes_door = GENERATE(false, true);
    RawSocket socket(doors.open() + "/model.sock");
    socket.send(request_of("anything", true));
    eventually("the call is under way", [&] { return asked.load(); });
    if (closes_door)
        doors.gate->close("w-1");
    else
        socket.close();
    eventually("the upstream's connection ended", [&] { return hung_up.load(); });
}

namespace {

// An upstream that answers every request in the same way.
class SameAnswer {
public:
    SameAnswer(const tests::TemporaryDirectory& directory, const std::string& answer)
        : child_({.argv = {"python3", "-c", kProgram, directory / "port", answer}}) {
        eventually("the upstream listens",
                   [&] { return std::filesystem::exists(directory / "port"); });
        url_ = "http://127.0.0.1:" + tests::read_file(directory / "port");
    }
    [[nodiscard]] const std::string& url() const { return url_; }

private:
    static constexpr const char* kProgram = R"(
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".new", "w") as file: file.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    peer, asked = listener.accept()[0], b""
    while not asked.endswith(b"}"):  # the end of the request's body
        asked += peer.recv(65536)
    peer.sendall(sys.argv[2].encode())
    peer.close()
)";
    std::string url_;
    tests::ChildProcess child_;
};

}  // namespace

TEST_CASE("an answer that may have no body has none, and the next one on the connection is whole") {
    const tests::TemporaryDirectory directory;
    const std::string status = GENERATE("204 No Content", "304 Not Modified");
    const SameAnswer upstream(directory, "HTTP/1.1 " + status + "\r\nConnection: close\r\n\r\n");
    Doors doors;
    doors.model_upstream = upstream.url();
    const RawSocket socket(doors.open() + "/model.sock");
    for (int i = 0; i < 2; ++i) {
        socket.send(request_of("anything", false));
        const std::string answer = socket.until("\r\n\r\n");
        INFO(answer);
        CHECK(answer.starts_with("HTTP/1.1 " + status.substr(0, 3)));
        CHECK(answer.ends_with("\r\n\r\n"));
        CHECK(answer.find("Transfer-Encoding") == std::string::npos);
    }
    for (const char* target : {"/v1/models", "/", "/v1/messages"}) {
        socket.send("HEAD " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        const std::string refused = socket.until("\r\n\r\n");
        INFO(refused);
        CHECK(refused.starts_with("HTTP/1.1 403 "));
        CHECK(refused.ends_with("\r\n\r\n"));
    }
    socket.send(request_of("anything", false));
    CHECK(socket.until("\r\n\r\n").starts_with("HTTP/1.1 " + status.substr(0, 3)));
}

TEST_CASE("HEAD has no body where it is refused early either") {
    Doors doors;
    const RawSocket socket(doors.open() + "/model.sock");
    socket.send("HEAD /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 33554433\r\n\r\n");
    const std::string answer = socket.rest();
    CHECK(answer.starts_with("HTTP/1.1 413 "));
    CHECK(answer.ends_with("\r\n\r\n"));
    CHECK(answer.find('{') == std::string::npos);
}

TEST_CASE("HTTP/1.0 gets an answer without chunks, ended by the connection's end") {
    const tests::TemporaryDirectory directory;
    const bool keeps = GENERATE(false, true);
    const SameAnswer upstream(directory,
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                              "Connection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    Doors doors;
    doors.model_upstream = upstream.url();
    std::string request = request_of("anything", false);
    request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
    request.insert(request.find("Host:"),
                   keeps ? "Connection: keep-alive\r\nExpect: 100-continue\r\n" : "");
    const RawSocket socket(doors.open() + "/model.sock");
    socket.send(request);
    const std::string answer = socket.rest();
    INFO(answer);
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(answer.find("Transfer-Encoding") == std::string::npos);
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(answer.ends_with("\r\n\r\nhello"));
}

TEST_CASE(
    "an answer to HTTP/1.0 that breaks off looks broken where the upstream named its length") {
    const tests::TemporaryDirectory directory;
    const SameAnswer upstream(directory, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    Doors doors;
    doors.model_upstream = upstream.url();
    std::string request = request_of("anything", false);
    request.replace(request.find("HTTP/1.1"), 8, "HTTP/1.0");
    const RawSocket socket(doors.open() + "/model.sock");
    socket.send(request);
    CHECK(socket.rest().find("Content-Length: 100\r\n") != std::string::npos);
}

TEST_CASE(
    "CONNECT ends the connection, and an unasked change of protocol is a fault of the provider") {
    const tests::TemporaryDirectory directory;
    const SameAnswer upstream(directory,
                              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\nbytes");
    Doors doors;
    doors.model_upstream = upstream.url();
    const std::string path = doors.open() + "/model.sock";
    const RawSocket tunnel(path);
    tunnel.send("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
    const std::string refused = tunnel.rest();
    CHECK(refused.starts_with("HTTP/1.1 403 "));
    CHECK(refused.find("Connection: close\r\n") != std::string::npos);
    const RawSocket socket(path);
    socket.send(request_of("anything", false));
    CHECK_THAT(socket.answer(), Catch::Matchers::StartsWith("HTTP/1.1 502 "));
}
