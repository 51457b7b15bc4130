#include "contracts/base/proxy.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

using namespace contracts;

namespace {

constexpr const char* kVariables[] = {"http_proxy",  "HTTP_PROXY", "https_proxy",
                                      "HTTPS_PROXY", "all_proxy",  "ALL_PROXY"};

struct NoProxies {
    NoProxies() { forget(); }
    ~NoProxies() { forget(); }
    static void forget() {
        for (const char* name : kVariables)
            ::unsetenv(name);
    }
};

}  // namespace

TEST_CASE("a URL of this machine is known in every spelling") {
    for (const char* url :
         {"http://localhost", "http://localhost:8000/x", "https://LOCALHOST/", "http://localhost./",
          "http://api.localhost:1", "http://127.0.0.1:8000", "http://127.9.9.9", "http://127.1/x",
          "http://[::1]:8000/", "http://[0:0:0:0:0:0:0:1]", "http://[::ffff:127.0.0.1]:1",
          "http://user:a@b@127.0.0.1:1/", "127.0.0.1:80"}) {
        INFO(url);
        CHECK(is_loopback_url(url));
    }
    for (const char* url :
         {"http://localhost.example", "http://notlocalhost", "http://10.0.0.1", "http://[::2]/",
          "http://1270.0.0.1", "http://127.0.0.1.example", "http://example/127.0.0.1",
          "http://localhost@example", "http://example?localhost", "", "http://"}) {
        INFO(url);
        CHECK_FALSE(is_loopback_url(url));
    }
}

TEST_CASE("the proxy that a call goes through is named, without its password") {
    const NoProxies none;
    CHECK(told_of_proxy("http://example").empty());
    ::setenv("HTTP_PROXY", "http://cgi:1", 1);
    CHECK(told_of_proxy("http://example").empty());
    ::setenv("ALL_PROXY", "socks5://all:2", 1);
    CHECK(told_of_proxy("http://example") == "through the proxy socks5://all:2 (from ALL_PROXY)");
    ::setenv("http_proxy", "http://user:secret@plain:3", 1);
    CHECK(told_of_proxy("http://example") == "through the proxy http://plain:3 (from http_proxy)");
    CHECK(told_of_proxy("https://example") == "through the proxy socks5://all:2 (from ALL_PROXY)");
    ::setenv("HTTPS_PROXY", "upper:4", 1);
    CHECK(told_of_proxy("https://example") == "through the proxy upper:4 (from HTTPS_PROXY)");
}
