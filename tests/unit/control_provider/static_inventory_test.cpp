#include "control/provider/static_inventory.h"

#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fstream>

using namespace control;
using Catch::Matchers::ContainsSubstring;
using contracts::ErrorKind;

namespace {

std::string refusal(std::string_view text) {
    const auto all = parse_inventory(text);
    REQUIRE_FALSE(all.has_value());
    CHECK(all.error().kind == ErrorKind::fatal);
    CHECK(all.error().field == "INVENTORY_FILE");
    return all.error().message;
}

}  // namespace

TEST_CASE("an inventory is a list of servers with an id and an address") {
    const auto all = parse_inventory(
        R"([{"id":"web-1","address":"192.0.2.1","name":"First","ssh_port":2222,"ssh_user":"ops",
             "specs":{"cpus":4}},{"id":"web-2","address":"2001:db8::1"}])");
    REQUIRE(all.has_value());
    REQUIRE(all->size() == 2);
    CHECK((*all)[0].name == "First");
    CHECK((*all)[0].ssh_port == 2222);
    CHECK((*all)[0].ssh_user == "ops");
    CHECK((*all)[0].specs["cpus"] == 4);
    CHECK((*all)[1].name == "web-2");
    CHECK((*all)[1].ssh_user == "root");
    CHECK((*all)[1].address == "2001:db8::1");
    CHECK(parse_inventory("[]")->empty());
}

TEST_CASE("two servers of one address are refused, however it is written") {
    CHECK_THAT(refusal(R"([{"id":"a","address":"192.0.2.1"},{"id":"b","address":"192.0.2.1"}])"),
               ContainsSubstring("[1].address 192.0.2.1 is the address of a, too"));
    CHECK_THAT(
        refusal(R"([{"id":"a","address":"2001:db8::1"},{"id":"b","address":"2001:db8:0::1"}])"),
        ContainsSubstring("is the address of a, too"));
    CHECK_THAT(refusal(R"([{"id":"a","address":"192.0.2.1"},{"id":"a","address":"192.0.2.2"}])"),
               ContainsSubstring("[1].id \"a\" is also the id of another server"));
}

TEST_CASE("an inventory that is wrong says where") {
    CHECK_THAT(refusal("{}"), ContainsSubstring("must be an array"));
    CHECK_THAT(refusal("[{"), ContainsSubstring("is not JSON"));
    CHECK_THAT(refusal("[1]"), ContainsSubstring("[0] must be an object"));
    CHECK_THAT(refusal(R"([{"address":"192.0.2.1"}])"), ContainsSubstring("[0].id"));
    CHECK_THAT(refusal(R"([{"id":"-o","address":"192.0.2.1"}])"), ContainsSubstring("[0].id"));
    CHECK_THAT(refusal(R"([{"id":"a","address":"host.example"}])"),
               ContainsSubstring("[0].address must be a numeric address"));
    CHECK_THAT(refusal(R"([{"id":"a","address":"192.0.2.1","ssh_port":70000}])"),
               ContainsSubstring("[0].ssh_port"));
    CHECK_THAT(refusal(R"([{"id":"a","address":"192.0.2.1","ssh_user":"-oProxyCommand=x"}])"),
               ContainsSubstring("[0].ssh_user"));
    CHECK_THAT(refusal(R"([{"id":"a","address":"192.0.2.1","specs":[]}])"),
               ContainsSubstring("[0].specs"));
}

TEST_CASE("the inventory file is read anew for each call, and a missing one is an error") {
    const tests::TemporaryDirectory directory;
    const auto provider = make_static_inventory(directory / "inventory.json");
    CHECK(provider->list({}).error().kind == ErrorKind::fatal);
    std::ofstream(directory / "inventory.json") << R"([{"id":"a","address":"192.0.2.1"}])";
    CHECK(provider->list({})->size() == 1);
    CHECK(provider->details("a", {})->address == "192.0.2.1");
    CHECK(provider->details("b", {}).error().kind == ErrorKind::not_found);
    CHECK(provider->reinstall("a", "key", {}).error().kind == ErrorKind::invalid);
    std::ofstream(directory / "inventory.json") << std::string(kMaxInventory + 1, ' ');
    CHECK_THAT(provider->list({}).error().message, ContainsSubstring("larger than 1 MiB"));
}
