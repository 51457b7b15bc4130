// Tests that every implementation of the deployer must pass.
#include "bodies.h"

#include "control/http/listening_socket.h"
#include "tests/support/eventually.h"

#include <atomic>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <thread>

using namespace std::chrono_literals;
using contracts::ErrorKind;
using control::DeployEnd;
using control::Deployer;
using control::DeployFault;
using control::DeploymentSpec;
using control::DeploymentState;
using deployer_tests::DockerBody;
using deployer_tests::get;
using deployer_tests::must_deploy;
using deployer_tests::ProcessBody;
using deployer_tests::script;
using deployer_tests::service;
using deployer_tests::SshBody;
using tests::eventually;

#define BODIES DockerBody, ProcessBody, SshBody

namespace {

DeployFault must_fault(Deployer& deployer, const DeploymentSpec& spec) {
    const auto end = deployer.deploy(spec);
    if (!end) FAIL(end.error().describe());
    REQUIRE(end->fault);
    CHECK_FALSE(end->url);
    return *end->fault;
}

}  // namespace

TEMPLATE_TEST_CASE("a commit is deployed, answers at its URL, and is gone after stop", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    CHECK(deployer->name() == TestType::kName);
    DeploymentSpec spec = body.spec(body.commit(service("'hello ' + os.environ['GREETING']")));
    spec.environment = {{"GREETING", "a b=c'\"$HOME"}};
    CHECK(deployer->status(spec.key).value().state == DeploymentState::absent);
    const std::string url = must_deploy(*deployer, spec);
    CHECK(url == "http://" + body.host() + ":" + std::to_string(spec.port));
    CHECK(get(url) == "hello a b=c'\"$HOME");
    const auto status = deployer->status(spec.key).value();
    CHECK(status.state == DeploymentState::running);
    CHECK(status.commit == spec.commit);
    CHECK(status.url == url);
    CHECK(deployer->probe(spec.key).has_value());
    CHECK(
        deployer->logs(spec.key, 4096).value().find("listening on " + std::to_string(spec.port)) !=
        std::string::npos);

    REQUIRE(deployer->stop(spec.key).has_value());
    CHECK(deployer->status(spec.key).value().state == DeploymentState::absent);
    CHECK_NOTHROW(body.take_port(spec.port));
    CHECK(deployer->stop(spec.key).has_value());
    CHECK(deployer->logs(spec.key, 10).error().kind == ErrorKind::not_found);
    CHECK(deployer->probe(spec.key).error().kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE("the same specification again changes nothing", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    DeploymentSpec spec = body.spec(body.commit(service("str(os.times()[4])[:0] + str(id(os))")));
    const std::string url = must_deploy(*deployer, spec);
    const std::string first = get(url);
    CHECK(must_deploy(*deployer, spec) == url);
    CHECK(get(url) == first);
    // Changed values make another version, at the same URL.
    spec.environment = {{"A", "b"}};
    CHECK(must_deploy(*deployer, spec) == url);
}

TEMPLATE_TEST_CASE("a new version takes over without a moment in which nobody answers", "",
                   BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    DeploymentSpec spec = body.spec(body.commit(service("'one'")));
    const std::string url = must_deploy(*deployer, spec);
    std::atomic<int> bad = 0;
    std::atomic<int> asked = 0;
    {
        std::jthread asker([&](std::stop_token stop) {
            while (!stop.stop_requested()) {
                const std::string text = get(url);
                ++asked;
                if (text != "one" && text != "two") ++bad;
            }
        });
        spec.commit = body.commit(service("'two'"));
        CHECK(must_deploy(*deployer, spec) == url);
        CHECK(get(url) == "two");
    }
    CHECK(asked > 0);
    CHECK(bad == 0);
}

TEMPLATE_TEST_CASE("a request under way when the version changes gets its answer", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    DeploymentSpec spec = body.spec(body.commit(
        service("(print('it waits', flush=True), __import__('time').sleep(6), 'one')[2] "
                "if path == '/slow' else 'one'")));
    const std::string url = must_deploy(*deployer, spec);
    std::string slow;
    {
        const std::jthread asker([&] { slow = get(url, "/slow"); });
        eventually("the request has arrived", [&] {
            return deployer->logs(spec.key, 4096).value().find("it waits") != std::string::npos;
        });
        spec.commit = body.commit(service("'two'"));
        CHECK(must_deploy(*deployer, spec) == url);
        CHECK(get(url) == "two");
    }
    CHECK(slow == "one");
}

TEMPLATE_TEST_CASE("a version that fails leaves the one before it as it is", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    DeploymentSpec spec = body.spec(body.commit(service("'one'")));
    const std::string good = spec.commit;
    const std::string url = must_deploy(*deployer, spec);
    spec.commit = body.commit(script("import sys; print('no luck'); sys.exit(3)"));
    const DeployFault fault = must_fault(*deployer, spec);
    CHECK(fault.kind == DeployFault::Kind::ended);
    CHECK(fault.message.find("exit code") != std::string::npos);
    CHECK(fault.log.find("no luck") != std::string::npos);
    CHECK(get(url) == "one");
    CHECK(deployer->status(spec.key).value().commit == good);
}

TEMPLATE_TEST_CASE("what a project does wrong is told with what to change", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    SECTION("it never listens") {
        DeploymentSpec spec = body.spec(body.commit(script("import time\ntime.sleep(600)")));
        spec.start_timeout = 2s;
        const DeployFault fault = must_fault(*deployer, spec);
        CHECK(fault.kind == DeployFault::Kind::silent);
        CHECK(fault.message.find("PORT") != std::string::npos);
    }
    SECTION("it listens on another port") {
        DeploymentSpec spec = body.spec(body.commit(
            script("import http.server as h\n"
                   "h.HTTPServer(('', 4321), h.BaseHTTPRequestHandler).serve_forever()")));
        spec.start_timeout = 3s;
        const DeployFault fault = must_fault(*deployer, spec);
        CHECK(fault.kind == DeployFault::Kind::wrong_port);
        CHECK(fault.message.find("port 4321") != std::string::npos);
        CHECK(fault.message.find("PORT") != std::string::npos);
    }
    SECTION("it answers 500") {
        DeploymentSpec spec = body.spec(body.commit(service("(500, 'broken')")));
        spec.start_timeout = 2s;
        const DeployFault fault = must_fault(*deployer, spec);
        CHECK(fault.kind == DeployFault::Kind::bad_answer);
        CHECK(fault.message.find("500") != std::string::npos);
    }
    SECTION("it answers what is not HTTP") {
        DeploymentSpec spec = body.spec(body.commit(
            script("import socket, os\ns = socket.create_server(('', int(os.environ['PORT'])))\n"
                   "while True: c, _ = s.accept(); c.recv(100); c.send(b'hello there, client'); "
                   "c.close()")));
        spec.start_timeout = 2s;
        CHECK(must_fault(*deployer, spec).kind == DeployFault::Kind::bad_answer);
    }
    SECTION("its command does not exist") {
        DeploymentSpec spec = body.spec(body.commit(service("'x'")));
        spec.run = "no-such-command";
        const DeployFault fault = must_fault(*deployer, spec);
        CHECK(fault.kind == DeployFault::Kind::ended);
        CHECK(fault.log.find("no-such-command") != std::string::npos);
    }
    SECTION("its setup fails") {
        DeploymentSpec spec = body.spec(body.commit(service("'x'")));
        spec.setup = "echo setting up; exit 5";
        const DeployFault fault = must_fault(*deployer, spec);
        CHECK(fault.kind == DeployFault::Kind::build_failed);
        CHECK(fault.log.find("setting up") != std::string::npos);
    }
    CHECK(deployer->status(body.spec("").key).value().state == DeploymentState::absent);
}

TEMPLATE_TEST_CASE("its setup has run, and its health path decides", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    DeploymentSpec spec = body.spec(
        body.commit(service("open('made').read() if path == '/health' else (404, 'elsewhere')")));
    spec.setup = "echo made by setup > made";
    spec.health = "/health";
    const std::string url = must_deploy(*deployer, spec);
    CHECK(get(url, "/health") == "made by setup\n");
    CHECK(get(url) == "404: elsewhere");
    CHECK(deployer->probe(spec.key).has_value());
}

TEMPLATE_TEST_CASE("secrets reach the project and never a text about it", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    const std::string secret = "s3cr\"t&val/ue+with=odd";
    DeploymentSpec spec =
        body.spec(body.commit(script("import os, urllib.parse, json\ns = os.environ['API_KEY']\n"
                                     "print('key', s, urllib.parse.quote(s, ''), json.dumps(s))\n"
                                     "raise SystemExit('bad key ' + s)")));
    spec.secrets = {{"API_KEY", secret}};
    const DeployFault fault = must_fault(*deployer, spec);
    CHECK(fault.log.find("key *** *** \"***\"") != std::string::npos);
    CHECK(fault.log.find("bad key ***") != std::string::npos);
    CHECK(fault.log.find("s3cr") == std::string::npos);

    spec.commit = body.commit(service("(print(os.environ['API_KEY'], flush=True), 'ok')[1]"));
    const std::string url = must_deploy(*deployer, spec);
    CHECK(get(url) == "ok");
    eventually("the secret is printed", [&] {
        return body.make_deployer()->logs(spec.key, 4096).value().find("***") != std::string::npos;
    });
    for (const std::size_t most : {4096, 30, 12, 5})
        CHECK(deployer->logs(spec.key, most).value().find("s3c") == std::string::npos);
}

TEMPLATE_TEST_CASE("a port that another program has is said, and nothing is left", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    DeploymentSpec spec = body.spec(body.commit(service("'x'")));
    const auto taken = body.take_port(spec.port);
    const auto end = deployer->deploy(spec);
    REQUIRE(end.has_value());
    CHECK(end->port_taken);
    CHECK_FALSE(end->url);
    CHECK_FALSE(end->fault);
    CHECK(deployer->status(spec.key).value().state == DeploymentState::absent);
    // With another port the deployment works as before.
    spec.port = body.free_port();
    CHECK(get(must_deploy(*deployer, spec)) == "x");
}

TEMPLATE_TEST_CASE("a deployment reaches nothing outside", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    // A listener on this machine that accepts connections from everywhere.
    const auto listener = control::listen_on_tcp("0.0.0.0", 0);
    const std::string port = std::to_string(control::bound_port(listener->get()));
    const std::string attempt =
        "(lambda r: r)('|'.join(__import__('subprocess').run(['python3', '-c', "
        "'import socket,sys\\ntry: socket.create_connection((sys.argv[1], int(sys.argv[2])), 2); "
        "print(\"open\")\\nexcept OSError as e: print(e.strerror)', h, p], capture_output=True, "
        "text=True).stdout.strip() for h, p in (('127.0.0.1', '" +
        port + "'), ('172.17.0.1', '" + port + "'), ('192.0.2.1', '80'), ('8.8.8.8', '53'))))";
    DeploymentSpec spec = body.spec(body.commit(service(attempt)));
    const std::string url = must_deploy(*deployer, spec);
    CHECK(get(url) ==
          "Connection refused|Network is unreachable|Network is unreachable|Network is "
          "unreachable");
}

TEMPLATE_TEST_CASE("a deployment that dies is started again", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    DeploymentSpec spec = body.spec(body.commit(
        service("os._exit(9) if path == '/die' else open('/proc/self/stat').read().split()[21]")));
    const std::string url = must_deploy(*deployer, spec);
    const std::string first = get(url, "/since");
    CHECK_THROWS(get(url, "/die"));
    eventually("it answers again", [&]() -> bool {
        try {
            const std::string now = get(url, "/since");
            return now.find(':') == std::string::npos && now != first;
        } catch (const std::exception&) {
            return false;  // the connection was accepted by the process that was ending
        }
    });
    CHECK(deployer->status(spec.key).value().state == DeploymentState::running);
}

TEMPLATE_TEST_CASE("a deployment outlives the deployer, and the next one adopts it", "", BODIES) {
    TestType body;
    DeploymentSpec spec = body.spec(body.commit(service("'still here'")));
    std::string url;
    {
        const auto deployer = body.make_deployer();
        url = must_deploy(*deployer, spec);
    }
    CHECK(get(url) == "still here");
    const auto next = body.make_deployer();
    CHECK(next->mend().empty());
    CHECK(next->status(spec.key).value().state == DeploymentState::running);
    // The front is lost, as after a restart of the machine.
    body.lose_front(spec.key);
    eventually("the port is closed",
               [&] { return next->status(spec.key).value().state == DeploymentState::restarting; });
    CHECK(next->probe(spec.key).error().kind == ErrorKind::upstream);
    CHECK(next->mend().empty());
    CHECK(get(url) == "still here");
    // A new version still belongs to the same deployment.
    spec.commit = body.commit(service("'newer'"));
    CHECK(must_deploy(*next, spec) == url);
    CHECK(get(url) == "newer");
}

TEMPLATE_TEST_CASE("large bodies pass both ways, and many at once", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    DeploymentSpec spec = body.spec(body.commit(service("'x' * 3_000_000")));
    const std::string url = must_deploy(*deployer, spec);
    std::vector<std::jthread> askers;
    std::atomic<int> good = 0;
    for (int i = 0; i < 8; ++i)
        askers.emplace_back([&] { good += get(url).size() == 3'000'000; });
    askers.clear();
    CHECK(good == 8);
}

TEMPLATE_TEST_CASE("bad specifications are refused and named", "", BODIES) {
    TestType body;
    const auto deployer = body.make_deployer();
    DeploymentSpec good = body.spec(body.commit(service("'x'")));
    const auto refused = [&](auto change) {
        DeploymentSpec spec = good;
        change(spec);
        const auto end = deployer->deploy(spec);
        return end ? std::string("accepted") : end.error().field;
    };
    CHECK(refused([](auto& s) { s.key = "../x"; }) == "key");
    CHECK(refused([](auto& s) { s.key = ""; }) == "key");
    CHECK(refused([](auto& s) { s.key = "a-"; }) == "key");
    CHECK(refused([](auto& s) { s.health = "health"; }) == "health");
    CHECK(refused([](auto& s) { s.health = "/a b"; }) == "health");
    CHECK(refused([](auto& s) { s.port = 0; }) == "port");
    CHECK(refused([](auto& s) { s.run = ""; }) == "run");
    CHECK(refused([](auto& s) { s.environment = {{"A=B", "x"}}; }) == "A=B");
    CHECK(refused([](auto& s) { s.secrets = {{"A", std::string("\0", 1)}}; }) == "A");
    CHECK(refused([](auto& s) { s.commit = "main"; }) == "commit");
    DeploymentSpec unknown = good;
    unknown.commit = std::string(40, 'a');
    CHECK(deployer->deploy(unknown).error().kind == ErrorKind::not_found);
    CHECK(deployer->stop("../x").error().field == "key");
}
