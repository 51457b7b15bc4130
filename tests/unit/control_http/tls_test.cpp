#include "control/http/server.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <thread>

namespace control {

namespace {

// A key, and a self-signed certificate for localhost.
TlsFiles make_certificate(const tests::TemporaryDirectory& directory, const std::string& name) {
    TlsFiles files{directory / (name + ".pem"), directory / (name + ".key")};
    tests::run_successfully(
        {.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                  "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                  "subjectAltName=IP:127.0.0.1", "-keyout", files.key, "-out", files.certificate}});
    return files;
}

}  // namespace

TEST_CASE("a door with a certificate speaks HTTPS to whoever believes it") {
    const tests::TemporaryDirectory directory;
    const TlsFiles files = make_certificate(directory, "ours");
    HttpServer server;
    auto listener = server.listen_tcp(
        "127.0.0.1", 0,
        [](HttpRequest request, HttpReply reply) {
            reply({200, {}, request.method + " " + request.path + " " + request.body});
        },
        {.tls = files});
    REQUIRE(listener);
    std::jthread thread([&] { server.run(); });
    const auto ask = [&](const std::string& script) {
        return tests::run({.argv = {"/usr/bin/python3", "-c",
                                    "import http.client, socket, ssl, sys\n"
                                    "port, trusted = int(sys.argv[1]), sys.argv[2]\n" +
                                        script,
                                    std::to_string((*listener)->port()), files.certificate}});
    };
    const std::string two_requests =
        "context = ssl.create_default_context(cafile=trusted)\n"
        "link = http.client.HTTPSConnection('127.0.0.1', port, context=context)\n"
        "for body in ('a', 'b' * 300000):\n"
        "    link.request('POST', '/x', body)\n"
        "    answer = link.getresponse().read().decode()\n"
        "    assert answer == 'POST /x ' + body, answer[:80]\n"
        "print(link.sock.version())\n";
    const tests::Finished believed = ask(two_requests);
    CAPTURE(believed.error_output);
    CHECK(believed.end.exit_code == 0);
    CHECK(believed.output == "TLSv1.3\n");
    // Bad clients: plain HTTP, an old TLS version, one that does not trust the certificate.
    CHECK(ask("link = socket.create_connection(('127.0.0.1', port))\n"
              "link.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
              "assert b'200' not in link.recv(4096)\n")
              .end.exit_code == 0);
    CHECK(
        ask("context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
            "context.minimum_version = ssl.TLSVersion.TLSv1\n"
            "context.maximum_version = ssl.TLSVersion.TLSv1_1\n"
            "context.load_verify_locations(trusted)\n"
            "http.client.HTTPSConnection('127.0.0.1', port, context=context).request('GET', '/')\n")
            .end.exit_code != 0);
    CHECK(
        ask("http.client.HTTPSConnection('127.0.0.1', port).request('GET', '/')\n").end.exit_code !=
        0);
    CHECK(ask(two_requests).end.exit_code == 0);
    server.stop();
}

TEST_CASE("a certificate that cannot be used is named before anything listens") {
    const tests::TemporaryDirectory directory;
    const TlsFiles ours = make_certificate(directory, "ours");
    const TlsFiles other = make_certificate(directory, "other");
    HttpServer server;
    const auto refused = [&](const TlsFiles& files) {
        const auto listener =
            server.listen_tcp("127.0.0.1", 0, [](HttpRequest, const HttpReply&) {}, {.tls = files});
        REQUIRE_FALSE(listener);
        CHECK(listener.error().kind == contracts::ErrorKind::fatal);
        return listener.error().field;
    };
    CHECK(refused({directory / "nothing", ours.key}) == "TLS_CERTIFICATE");
    CHECK(refused({ours.key, ours.key}) == "TLS_CERTIFICATE");
    CHECK(refused({ours.certificate, directory / "nothing"}) == "TLS_KEY");
    CHECK(refused({ours.certificate, other.key}) == "TLS_KEY");
}

}  // namespace control
