#include "contracts/base/environment.h"

#include <catch2/catch_test_macros.hpp>
#include <map>

using namespace contracts;
using std::chrono::seconds;

namespace {

Environment with(std::map<std::string, std::string> values) {
    return Environment([values](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional<std::string>(found->second);
    });
}

}  // namespace

TEST_CASE("what is set is read, what is not falls back") {
    Environment environment = with({{"NAME", "n"}, {"COUNT", "7"}, {"WAIT", "30"}, {"ON", "yes"}});
    CHECK(environment.text("NAME", "x") == "n");
    CHECK(environment.required("NAME", "the name") == "n");
    CHECK(environment.number("COUNT", 1, 0, 10) == 7);
    CHECK(environment.seconds("WAIT", seconds(1), seconds(0), seconds(60)) == seconds(30));
    CHECK(environment.flag("ON", false));
    CHECK(environment.text("ABSENT", "x") == "x");
    CHECK(environment.number("ABSENT", 1, 0, 10) == 1);
    CHECK(environment.flag("ABSENT", true));
    CHECK(environment.finish());
}

TEST_CASE("an empty value counts as not set") {
    Environment environment = with({{"NAME", ""}});
    CHECK(!environment.find("NAME"));
    CHECK(environment.text("NAME", "x") == "x");
    CHECK(environment.finish());
}

TEST_CASE("every fault is named at once") {
    Environment environment =
        with({{"COUNT", "seven"}, {"PORT", "99999"}, {"WAIT", "-1"}, {"ON", "maybe"}});
    CHECK(environment.required("NAME", "the name").empty());
    CHECK(environment.number("COUNT", 3, 0, 10) == 3);
    CHECK(environment.number("PORT", 80, 1, 65'535) == 80);
    CHECK(environment.seconds("WAIT", seconds(5), seconds(0), seconds(60)) == seconds(5));
    CHECK(!environment.flag("ON", false));
    environment.fault("OTHER", "is odd");
    const auto finished = environment.finish();
    REQUIRE(!finished);
    CHECK(finished.error().kind == ErrorKind::fatal);
    for (const char* part :
         {"NAME is required: the name", "COUNT must be", "PORT must be",
          "from 1 to 65535, not \"99999\"", "WAIT must be", "ON must be", "OTHER is odd"}) {
        INFO(part);
        CHECK(finished.error().message.find(part) != std::string::npos);
    }
}

TEST_CASE("numbers are whole, within their range, and nothing else") {
    for (const char* text : {"1.5", "0x10", "1e3", " 1", "1 ", "+1", "99999999999999999999", "-"}) {
        Environment environment = with({{"COUNT", text}});
        INFO(text);
        CHECK(environment.number("COUNT", 5, 0, 100) == 5);
        CHECK(!environment.finish());
    }
}
