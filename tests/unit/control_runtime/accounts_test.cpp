#include "control/runtime/accounts.h"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <sstream>
#include <vector>

using control::group_text;
using control::passwd_text;

namespace {

std::vector<std::vector<std::string>> lines_of(const std::string& text) {
    std::vector<std::vector<std::string>> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        std::vector<std::string> fields(1);
        for (const char c : line)
            if (c == ':')
                fields.emplace_back();
            else
                fields.back().push_back(c);
        lines.push_back(std::move(fields));
    }
    return lines;
}

}  // namespace

TEST_CASE("whatever its uid is, the agent has a name, a home and a shell") {
    for (const std::uint32_t uid : {20000U, 1000U, 33U, 65534U, 4294967294U}) {
        std::set<std::string> names, numbers;
        bool found = false;
        for (const auto& user : lines_of(passwd_text(uid))) {
            REQUIRE(user.size() == 7);
            CHECK(names.insert(user[0]).second);
            CHECK(numbers.insert(user[2]).second);
            if (user[2] != std::to_string(uid)) continue;
            found = true;
            CHECK(user[0] == "worker");
            CHECK(user[3] == user[2]);
            CHECK(user[5] == "/home/worker");
            CHECK(user[6] == "/bin/sh");
        }
        CHECK(found);
        CHECK(names.contains("root"));
        std::set<std::string> groups;
        found = false;
        for (const auto& group : lines_of(group_text(uid))) {
            REQUIRE(group.size() == 4);
            CHECK(groups.insert(group[0]).second);
            found = found || (group[0] == "worker" && group[2] == std::to_string(uid));
        }
        CHECK(found);
    }
}
