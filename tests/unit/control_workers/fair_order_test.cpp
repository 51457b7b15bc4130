// Places for workers: nobody starves, whatever another user asks for.
#include "control/workers/fair_order.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>

namespace control {

namespace {

using Order = std::vector<std::size_t>;

}  // namespace

TEST_CASE("one user's workers get places in the order in which they came") {
    CHECK(fair_order({"a", "a", "a"}, {}) == Order{0, 1, 2});
    CHECK(fair_order({}, {{"a", 7}}).empty());
}

TEST_CASE("a user with one worker does not wait for another's thousand") {
    std::vector<std::string> users(1000, "many");
    users.push_back("one");
    CHECK(fair_order(users, {}).at(1) == 1000);
    CHECK(fair_order(users, {{"many", 1}}).front() == 1000);
    // Whoever has more workers already waits longer.
    CHECK(fair_order(users, {{"one", 3}}).at(3) == 3);
    CHECK(fair_order(users, {{"one", 3}}).at(4) == 1000);
}

TEST_CASE("places of users that wait for enough of them differ by one at most") {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::string> users;
        for (int i = 0; i < 60; ++i)
            users.push_back(std::string(1, static_cast<char>('a' + random() % 3)));
        for (const char* each : {"a", "b", "c"})
            users.insert(users.end(), 10, each);
        const Order order = fair_order(users, {});
        PlacesOfUsers given{{"a", 0}, {"b", 0}, {"c", 0}};
        std::map<std::string, std::size_t> last;
        for (std::size_t i = 0; i < order.size(); ++i) {
            const std::string& user = users[order[i]];
            ++given[user];
            if (last.contains(user)) CHECK(last[user] < order[i]);
            last[user] = order[i];
            if (i >= 30) continue;
            const auto [least, most] =
                std::ranges::minmax(std::vector<std::int64_t>{given["a"], given["b"], given["c"]});
            CHECK(most - least <= 1);
        }
        CHECK(order.size() == users.size());
    }
}

}  // namespace control
