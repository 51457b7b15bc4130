#include "control/egress/address.h"

#include <catch2/catch_test_macros.hpp>

namespace control::egress {

namespace {

bool is_public_text(const char* text) {
    CAPTURE(text);
    const auto address = parse_address(text);
    REQUIRE(address);
    return is_public(*address);
}

}  // namespace

TEST_CASE("addresses of the public internet are public") {
    for (const char* text :
         {"1.1.1.1",        "8.8.8.8",         "9.255.255.255",   "11.0.0.0",
          "100.63.255.255", "100.128.0.0",     "126.255.255.255", "128.0.0.0",
          "168.63.129.17",  "169.253.255.255", "169.255.0.0",     "172.15.255.255",
          "172.32.0.0",     "192.167.255.255", "192.169.0.0",     "198.17.255.255",
          "198.20.0.0",     "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888",
          "2a00:1450::1",   "2003::1",         "2001:200::1"})
        CHECK(is_public_text(text));
}

TEST_CASE("private, local, reserved and metadata addresses are not") {
    for (const char* text :
         {"0.0.0.0",         "0.1.2.3",         "10.0.0.1",        "10.255.255.255",
          "100.64.0.1",      "100.100.100.200", "100.127.255.255", "127.0.0.1",
          "127.255.255.255", "168.63.129.16",   "169.254.0.1",     "169.254.169.254",
          "169.254.170.2",   "172.16.0.1",      "172.31.255.255",  "192.0.0.192",
          "192.0.2.1",       "192.88.99.1",     "192.168.0.1",     "192.168.255.255",
          "198.18.0.1",      "198.19.255.255",  "198.51.100.7",    "203.0.113.7",
          "224.0.0.1",       "239.255.255.255", "240.0.0.1",       "255.255.255.255"})
        CHECK_FALSE(is_public_text(text));
    for (const char* text :
         {"::", "::1", "::7f00:1", "fe80::1", "febf::1", "fc00::1", "fd00:ec2::254", "fec0::1",
          "ff02::1", "100::1", "2001:db8::1", "2001::1", "2001:10::1", "2001:1ff::1",
          "3fff:0fff::1", "5f00::1", "4000::1"})
        CHECK_FALSE(is_public_text(text));
}

TEST_CASE("an address inside another one is not public") {
    for (const char* text :
         {"::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8",
          "64:ff9b::10.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::10.0.0.1",
          "2002:7f00:1::", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"})
        CHECK_FALSE(is_public_text(text));
}

TEST_CASE("an address is read in its plain form alone") {
    for (const char* text : {"127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "0x7f000001",
                             "017700000001", "127.0.1", "1.2.3.4.", "1.2.3.256", "1.2.3", "",
                             " 1.2.3.4", "1.2.3.4 ", "fe80::1%eth0", "[::1]", "::g", "1:2:3"})
        CHECK_FALSE(parse_address(text));
    CHECK(to_text(*parse_address("2001:0DB8:0:0::1")) == "2001:db8::1");
    CHECK(to_text(*parse_address("10.0.0.5")) == "10.0.0.5");
    CHECK_FALSE(parse_address(std::string(5000, '1')));
    CHECK_FALSE(parse_address(std::string_view("10.0.0.5\0.evil", 14)));
}

TEST_CASE("what some program takes for an address is no name") {
    for (const char* text : {"127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "0x7f000001",
                             "0X7F.1", "1.2.3.4", "1.2.3.4.", "::1", "example.0x7", "a.5"})
        CHECK(is_address_like(text));
    for (const char* text : {"pypi.org", "1.2.3.4.example.org", "0x7f.org", "a", "9front.org"})
        CHECK_FALSE(is_address_like(text));
}

}  // namespace control::egress
