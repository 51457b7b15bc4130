// Parameters and headers that are almost right: each is refused, named, and changes nothing. The
// cases come from the table of routes, so that new lists are covered.
#include "control/api/routes.h"
#include "served.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>
#include <set>

namespace control {

namespace {

using contracts::Json;

// Variants of a word with one mistake.
std::set<std::string> slips_of(std::string_view word) {
    std::set<std::string> slips{std::string(word) + "s", std::string(word) + "[]",
                                " " + std::string(word), std::string(word) + '\0'};
    std::string upper(word);
    for (char& c : upper)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    slips.insert(upper);
    for (std::size_t i = 0; i < word.size(); ++i) {
        std::string slip(word);
        slips.insert(slip.erase(i, 1));
        slip = word;
        slip[i] = slip[i] == 'x' ? 'y' : 'x';
        slips.insert(slip);
    }
    slips.erase(std::string(word));
    return slips;
}

void prepare(const Served& served) {
    served.add_user("u", "1001");
    served.add_project("p", "");
    served.add_task("t", "p");
}

std::string target_of(const Route& route) {
    std::string target(route.pattern);
    if (const std::size_t id = target.find("{id}"); id != std::string::npos)
        target.replace(id, 4, "p");
    return target;
}

}  // namespace

TEST_CASE("a wrong parameter of any list is 422 and named") {
    const Served served;
    prepare(served);
    // Routes that only users may read are asked as a user, all others as an administrator.
    Caller user;
    user.role = TokenRole::user;
    user.user_id = "u";
    user.allowed = contracts::AllowedCommands({"*"});
    const HttpHandler his = served.api->handler_for(user);
    int cases = 0;
    for (const Route& route : routes()) {
        if (!route.is_list || route.access == Access::open) continue;
        std::set<std::string> known{"limit", "cursor"};
        for (const FilterParameter& filter : route.filters)
            known.emplace(filter.name);
        const auto refused = [&](const std::string& name, const std::string& value) {
            std::string target = target_of(route) + '?';
            for (const FilterParameter& filter : route.filters)
                if (filter.required && filter.name != name)
                    target += std::string(filter.name) + "=x&";
            target += encode_percent(name) + '=' + encode_percent(value);
            const HttpResponse answer =
                route.access == Access::users || route.access == Access::people
                    ? served.ask(his, {"GET", target})
                    : served.ask({"GET", target});
            INFO(route.pattern << " " << name << "=" << value << "\n" << answer.body);
            REQUIRE(answer.status == 422);
            REQUIRE(json_of(answer).at("field") == name);
            ++cases;
        };
        for (const char* limit : {"", "0", "-1", "501", "1.0", "1e2", "0x10", " 1", "1 ", "+1",
                                  "ten", "99999999999999999999", "1;2", "\xd9\xa1"})
            refused("limit", limit);
        for (const char* cursor :
             {"", "x", "~", "1", "1~", "~a", "-1~a", "1 ~a", "1.5~a", "1234567890123456~a",
              "99999999999999999999~a", "a~1", "' OR 1=1 --"})
            refused("cursor", cursor);
        for (const std::string& name : known)
            for (const std::string& slip : slips_of(name))
                if (!known.contains(slip) && !slip.empty()) refused(slip, "x");
        for (const FilterParameter& filter : route.filters) {
            refused(std::string(filter.name), std::string("a\0b", 3));
            for (const std::string_view choice : filter.choices)
                for (const std::string& slip : slips_of(choice))
                    if (std::ranges::find(filter.choices, slip) == filter.choices.end())
                        refused(std::string(filter.name), slip);
        }
    }
    CHECK(cases >= 1000);
}

TEST_CASE("a wrong header of any request is refused, named, and nothing is written") {
    const unsigned seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const Served served;
    prepare(served);
    const std::string bot = served.token(
        {.name = "bot", .role = TokenRole::bot, .scopes = {"*"}, .speaks_for_users = true});
    const std::string before = served.everything();
    int cases = 0;
    // Printable characters and those of `more`, which are invalid in every position.
    const auto garbled = [&](std::string_view more) {
        std::string text;
        for (std::size_t i = random() % 20; i > 0; --i)
            text += static_cast<char>('!' + static_cast<int>(random() % 94));
        return text.insert(random() % (text.size() + 1), 1, more[random() % more.size()]);
    };
    const auto refused = [&](const HttpHandler& door, Ask ask, const std::string& name,
                             const std::string& value, int status) {
        ask.headers.push_back({name, value});
        const HttpResponse answer = served.ask(door, ask);
        INFO(ask.method << " " << ask.target << " " << name << ": " << value << "\n"
                        << answer.status << " " << answer.body);
        REQUIRE(answer.status == status);
        REQUIRE(json_of(answer).at("field") == name);
        ++cases;
    };
    const Ask posts[] = {{"POST", "/api/projects", {{"name", "shop"}}},
                         {"POST", "/api/tasks", {{"project_id", "p"}, {"type", "deploy"}}},
                         {"POST", "/api/users", {{"telegram_id", "77"}}}};
    const Ask changes[] = {{"PATCH", "/api/projects/p", {{"name", "shop"}}},
                           {"PATCH", "/api/tasks/t", {{"spec", "s"}}},
                           {"PATCH", "/api/users/u", {{"is_admin", true}}},
                           {"DELETE", "/api/tasks/t"}};
    for (int i = 0; i < 60; ++i) {
        for (const Ask& post : posts) {
            refused(served.local, post, "Idempotency-Key", garbled(" \t\x01\x7f\x80\xff"), 422);
            refused(served.local, post, "Content-Type", garbled(";,<") + "/json-", 415);
            refused(served.local, post, "Content-Encoding", "x" + garbled("x"), 415);
        }
        for (const Ask& change : changes)
            refused(served.local, change, "If-Match", "x" + garbled("x"), 422);
        for (const Ask& ask : {posts[0], changes[0], Ask{"GET", "/api/projects"}}) {
            refused(served.tcp, ask, "Authorization", garbled(" x"), 401);
            refused(served.tcp, ask, "Authorization", "Bearer " + garbled("x"), 401);
            Ask spoken = ask;
            spoken.headers.push_back({"Authorization", "Bearer " + bot});
            refused(served.tcp, spoken, "X-Telegram-ID", "x" + garbled("'"), 403);
        }
    }
    for (const Ask& post : posts)
        for (const std::string& key : {std::string(), std::string(256, 'k')})
            refused(served.local, post, "Idempotency-Key", key, 422);
    CHECK(cases >= 1000);
    CHECK(served.everything() == before);
}

}  // namespace control
