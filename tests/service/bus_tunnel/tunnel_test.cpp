#include "control/redis/worker_logins.h"
#include "far_redis.h"
#include "tests/support/daemon.h"
#include "tests/support/eventually.h"
#include "tunnelled.h"

#include <sys/stat.h>

using namespace std::chrono_literals;
using contracts::Connection;
using contracts::ErrorKind;
using contracts::RedisAddress;
using control::BusTunnel;
using tests::eventually;
using tunnel_tests::Certificates;
using tunnel_tests::must;
using tunnel_tests::TlsRedis;
using tunnel_tests::Tunnelled;

namespace {

RedisAddress as_daemon(const BusTunnel& tunnel) {
    return {.path = tunnel.path(), .user = "daemon", .password = "secret"};
}

}  // namespace

TEST_CASE("a tunnel leads through TLS to the server, as whichever user logs in") {
    const Certificates certificates;
    TlsRedis redis(certificates);
    const Tunnelled here;
    const auto tunnel =
        must(here.open("127.0.0.1", redis.port(), must(load_tls_client(certificates.client()))));
    struct stat status{};
    REQUIRE(::stat(tunnel->path().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);

    Connection daemon = must(Connection::dial(as_daemon(*tunnel)));
    CHECK(must(daemon.command({"ACL", "WHOAMI"})).view().text() == "daemon");
    // More than one TLS record, and more than a tunnel buffers at once.
    const std::string large(3 << 20, 'x');
    must(daemon.command({"SET", "large", large}, 60s));
    CHECK(must(daemon.command({"GET", "large"}, 60s)).view().text() == large);

    RedisAddress wrong = as_daemon(*tunnel);
    wrong.password = "guess";
    const auto refused = Connection::dial(wrong);
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::fatal);

    // A worker's connection, passed on by the gate.
    control::WorkerLogins logins(as_daemon(*tunnel));
    must(logins.check());
    const auto fd = logins.dial_as_worker({.worker_id = "w1"});
    CHECK(fd);
    must(logins.remove("w1"));
}

TEST_CASE("a tunnel opens to nobody but the server whose certificate names it") {
    const Certificates certificates;
    const TlsRedis redis(certificates);
    const Tunnelled here;
    const auto refused = [&](std::uint16_t port, const control::TlsClientFiles& files) {
        const auto tunnel = here.open("127.0.0.1", port, must(load_tls_client(files)));
        REQUIRE(!tunnel);
        CHECK(tunnel.error().field == "REDIS_URL");
        INFO(tunnel.error().describe());
        CHECK(tunnel.error().message.find("TLS") != std::string::npos);
    };
    control::TlsClientFiles files = certificates.client();
    files.authorities = certificates.path("other.crt");
    refused(redis.port(), files);
    // A certificate of the same authority for another host name.
    const TlsRedis elsewhere(certificates, "elsewhere");
    refused(elsewhere.port(), certificates.client());
    // A server without TLS.
    const tests::RedisServer plain({.tcp = true});
    refused(plain.port(), certificates.client());
}

TEST_CASE("a file that cannot be used for TLS is named by its setting") {
    const Certificates certificates;
    const auto field = [](const control::TlsClientFiles& files) {
        const auto loaded = load_tls_client(files);
        REQUIRE(!loaded);
        CHECK(loaded.error().kind == ErrorKind::fatal);
        return loaded.error().field;
    };
    control::TlsClientFiles files = certificates.client();
    files.authorities = certificates.path("none");
    CHECK(field(files) == "REDIS_CA_FILE");
    files = certificates.client();
    files.certificate = certificates.path("client.key");
    CHECK(field(files) == "REDIS_CERTIFICATE");
    files = certificates.client();
    files.key = certificates.path("server.key");  // of another certificate
    CHECK(field(files) == "REDIS_KEY");
}

TEST_CASE("a server that is away ends connections, is logged once, and is found again") {
    const Certificates certificates;
    TlsRedis redis(certificates);
    const Tunnelled here;
    const auto tunnel =
        must(here.open("127.0.0.1", redis.port(), must(load_tls_client(certificates.client()))));
    Connection before = must(Connection::dial(as_daemon(*tunnel)));
    redis.server().kill();
    CHECK(!before.command({"PING"}));
    for (int i = 0; i < 5; ++i)
        CHECK(!Connection::dial(as_daemon(*tunnel)));
    eventually("a line of log", [&] { return here.lines->count("cannot be reached") > 0; });
    CHECK(here.lines->count("cannot be reached") == 1);
    redis.server().start();
    redis.make_users();
    Connection after = must(Connection::dial(as_daemon(*tunnel)));
    CHECK(must(after.command({"PING"})).view().text() == "PONG");
    CHECK(here.lines->count("reached again") == 1);
}

TEST_CASE("a daemon works through TLS, and says what keeps it from that") {
    const Certificates certificates;
    TlsRedis redis(certificates);
    std::map<std::string, std::string> settings{
        {"REDIS_URL", redis.url()},
        {"REDIS_CA_FILE", certificates.path("ca.crt")},
        {"REDIS_CERTIFICATE", certificates.path("client.crt")},
        {"REDIS_KEY", certificates.path("client.key")}};
    tests::Daemon daemon(settings);
    daemon.start();
    Connection bus =
        must(Connection::dial(must(RedisAddress::parse(daemon.access().at("REDIS_URL")))));
    CHECK(must(bus.command({"ACL", "WHOAMI"})).view().text() == "daemon");
    CHECK(daemon.stop().success());

    const tests::Finished ended =
        daemon.fail_to_start({{"REDIS_CA_FILE", certificates.path("other.crt")}});
    CHECK(ended.end.exit_code == 78);
    CHECK(ended.error_output.find("REDIS_CA_FILE") != std::string::npos);
    CHECK(ended.error_output.find("secret") == std::string::npos);
}
