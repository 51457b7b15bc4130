#include "control/egress/request.h"

#include <catch2/catch_test_macros.hpp>

namespace control::egress {

namespace {

ProxyRequest read(std::string_view head) {
    auto request = parse_proxy_request(head);
    INFO((request ? std::string() : request.error().describe()));
    REQUIRE(request);
    return *request;
}

}  // namespace

TEST_CASE("CONNECT asks for a tunnel to a host and a port") {
    const ProxyRequest request =
        read("CONNECT PyPI.org:443 HTTP/1.1\r\nHost: other.example\r\n\r\n");
    CHECK(request.kind == ProxyRequest::Kind::tunnel);
    CHECK(to_text(request.target) == "pypi.org:443");
    CHECK(to_text(read("CONNECT [2001:DB8::1]:80 HTTP/1.0\r\n\r\n").target) == "[2001:db8::1]:80");
}

TEST_CASE("a plain request goes on with its own host and without what was between us") {
    const ProxyRequest request = read(
        "GET http://deb.debian.org/debian/dists?x=1#part HTTP/1.1\r\nHost: evil.example\r\n"
        "Proxy-Authorization: Basic secret\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\n"
        "User-Agent:  apt \r\nRange: bytes=1-\r\n\r\n");
    CHECK(request.kind == ProxyRequest::Kind::forward);
    CHECK(to_text(request.target) == "deb.debian.org:80");
    CHECK(request.head ==
          "GET /debian/dists?x=1 HTTP/1.1\r\nHost: deb.debian.org\r\nUser-Agent: apt\r\n"
          "Range: bytes=1-\r\nConnection: close\r\n\r\n");
    CHECK(request.body == 0);
    const ProxyRequest posted =
        read("POST HTTP://example.org:8080 HTTP/1.1\r\ncontent-length: 5\r\n\r\n");
    CHECK(posted.body == 5);
    CHECK(posted.head ==
          "POST / HTTP/1.1\r\nHost: example.org:8080\r\nContent-Length: 5\r\n"
          "Connection: close\r\n\r\n");
}

TEST_CASE("a request to the proxy itself asks what is allowed") {
    CHECK(read("GET / HTTP/1.1\r\nHost: 127.0.0.1:7080\r\n\r\n").kind == ProxyRequest::Kind::about);
}

TEST_CASE("what two readers could take for two things is refused") {
    for (const std::string_view head : {
             std::string_view("CONNECT pypi.org HTTP/1.1\r\n\r\n"),
             std::string_view("CONNECT http://pypi.org:443 HTTP/1.1\r\n\r\n"),
             std::string_view("CONNECT user@pypi.org:443 HTTP/1.1\r\n\r\n"),
             std::string_view("CONNECT pypi.org:443 HTTP/1.1\n\n"),
             std::string_view("CONNECT pypi.org:443  HTTP/1.1\r\n\r\n"),
             std::string_view("CONNECT pypi.org:443 HTTP/2\r\n\r\n"),
             std::string_view("CONNECT pypi.org:443\0 HTTP/1.1\r\n\r\n", 35),
             std::string_view("CONNECT pypi.org:443 HTTP/1.1\r\nno header\r\n\r\n"),
             std::string_view("CONNECT pypi.org:443 HTTP/1.1\r\nName : x\r\n\r\n"),
             std::string_view("CONNECT pypi.org:443 HTTP/1.1\r\n folded\r\n\r\n"),
             std::string_view("GET https://pypi.org/ HTTP/1.1\r\n\r\n"),
             std::string_view("GET ftp://pypi.org/ HTTP/1.1\r\n\r\n"),
             std::string_view("GET pypi.org/ HTTP/1.1\r\n\r\n"),
             std::string_view("GET http://a@pypi.org/ HTTP/1.1\r\n\r\n"),
             std::string_view("GET http:///x HTTP/1.1\r\n\r\n"),
             std::string_view("GET http://a.example/x\ny HTTP/1.1\r\n\r\n"),
             std::string_view("GET http://a.example/ HTTP/1.1\r\nX: a\nHost: b\r\n\r\n"),
             std::string_view("POST http://a.example/ HTTP/1.1\r\nContent-Length: 1\r\n"
                              "Content-Length: 2\r\n\r\n"),
             std::string_view("POST http://a.example/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
             std::string_view("POST http://a.example/ HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n"),
             std::string_view(
                 "POST http://a.example/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
             std::string_view("\r\n\r\n"),
             std::string_view(""),
         }) {
        CAPTURE(head);
        const auto request = parse_proxy_request(head);
        REQUIRE_FALSE(request);
        CHECK(request.error().kind == contracts::ErrorKind::invalid);
    }
    std::string long_head = "GET http://a.example/ HTTP/1.1\r\nX: ";
    CHECK_FALSE(parse_proxy_request(long_head + std::string(kMaxHead, 'x') + "\r\n\r\n"));
    std::string many = "GET http://a.example/ HTTP/1.1\r\n";
    for (int i = 0; i < 101; ++i)
        many += "X: 1\r\n";
    CHECK_FALSE(parse_proxy_request(many + "\r\n"));
}

}  // namespace control::egress
