// The client of Time4VPS against a fake that answers as the real API was seen to.
#include "control/provider/time4vps.h"

#include "control/http/client.h"
#include "tests/fakes/time4vps_server.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace control;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using contracts::ErrorKind;
using contracts::Json;

namespace {

struct Rig {
    tests::Time4VpsServer far;
    HttpClient client;
    Time4VpsSettings settings;

    Rig() {
        settings.base_url = far.url();
        settings.username = tests::Time4VpsServer::kUser;
        settings.password = tests::Time4VpsServer::kPassword;
        settings.reinstall_poll = settings.password_poll = 10ms;
        far.control({{"servers", Json::array({{{"id", 101},
                                               {"ip", "192.0.2.1"},
                                               {"domain", "one.example"},
                                               {"status", "Active"},
                                               {"cpu_cores", 2},
                                               {"ram_limit", "4096"},
                                               {"disk_limit", 40960}},
                                              {{"id", 102},
                                               {"ip", "192.0.2.2"},
                                               {"domain", "two.example"},
                                               {"status", "Active"}}})}});
    }
    [[nodiscard]] auto provider() { return make_time4vps(settings, client); }
};

}  // namespace

TEST_CASE("Time4VPS: servers are listed, and one is looked at closely") {
    Rig rig;
    const auto all = rig.provider()->list({});
    REQUIRE(all.has_value());
    REQUIRE(all->size() == 2);
    CHECK((*all)[0].id == "101");
    CHECK((*all)[0].address == "192.0.2.1");
    CHECK((*all)[0].name == "one.example");
    const auto one = rig.provider()->details("101", {});
    REQUIRE(one.has_value());
    CHECK(one->id == "101");
    CHECK(one->specs == Json{{"cpus", 2},
                             {"memory_mb", 4096},
                             {"disk_mb", 40960},
                             {"status", "Active"},
                             {"domain", "one.example"}});
    CHECK(rig.provider()->details("103", {}).error().kind == ErrorKind::not_found);
    CHECK(rig.provider()->details("../101", {}).error().kind == ErrorKind::not_found);
}

TEST_CASE("Time4VPS: 401 with a time to wait is obeyed, and not for longer than the budget") {
    Rig rig;
    rig.far.control({{"throttle", {{"times", 2}, {"seconds", 1}}}});
    const auto began = std::chrono::steady_clock::now();
    REQUIRE(rig.provider()->list({}).has_value());
    CHECK(std::chrono::steady_clock::now() - began >= 2s);
    CHECK(rig.far.count("GET", "/server") == 3);

    rig.far.control({{"throttle", {{"times", 1}, {"seconds", 24}}}});
    rig.settings.throttle_budget = 10s;
    const auto late = rig.provider()->list({});
    CHECK(late.error().kind == ErrorKind::upstream);
    CHECK_THAT(late.error().message, ContainsSubstring("in 24 s again"));

    rig.far.control({{"throttle", {{"times", 1}, {"seconds", 24}}}});
    rig.settings.throttle_budget = 60s;
    std::stop_source stop;
    stop.request_stop();
    CHECK(rig.provider()->list(stop.get_token()).error().kind == ErrorKind::transient);
}

TEST_CASE("Time4VPS: any other 401 is fatal, asked once, and told without our credentials") {
    Rig rig;
    rig.far.control({{"refuse", "ipnotallowed"}});
    const auto elsewhere = rig.provider()->list({});
    CHECK(elsewhere.error().kind == ErrorKind::fatal);
    CHECK_THAT(elsewhere.error().message, ContainsSubstring("ipnotallowed"));
    CHECK(rig.far.count("GET", "/server") == 1);
    rig.far.control({{"refuse", ""}});

    rig.settings.password = "another-Pass";
    const auto wrong = rig.provider()->list({});
    CHECK(wrong.error().kind == ErrorKind::fatal);
    CHECK_THAT(wrong.error().message, ContainsSubstring("wronglogin"));
    CHECK_THAT(wrong.error().message, ContainsSubstring("Basic ***"));
}

TEST_CASE("Time4VPS: a page instead of JSON is an error, bounded, and never an empty list") {
    Rig rig;
    rig.far.control({{"html", 1}});
    const auto page = rig.provider()->list({});
    REQUIRE_FALSE(page.has_value());
    CHECK(page.error().kind == ErrorKind::transient);
    CHECK_THAT(page.error().message,
               ContainsSubstring("did not answer with JSON: <!DOCTYPE html>"));
    CHECK(page.error().message.size() < 2200);

    rig.far.control({{"fail", {{"times", 1}, {"status", 502}}}});
    CHECK_THAT(rig.provider()->list({}).error().message, ContainsSubstring("answers 502"));
    rig.settings.base_url = "http://127.0.0.1:1";
    CHECK(rig.provider()->list({}).error().kind == ErrorKind::transient);
}

TEST_CASE("Time4VPS: a reinstall is polled through throttling until it tells the new password") {
    Rig rig;
    rig.far.control({{"polls", 3}, {"throttle", {{"times", 1}, {"seconds", 1}}}});
    const auto password = rig.provider()->reinstall("101", "ssh-ed25519 AAAA", {});
    REQUIRE(password.has_value());
    CHECK(*password == "Xk9mP3qR7");
    CHECK(rig.far.count("POST", "/server/101/reinstall") == 2);  // the first was throttled
    CHECK(rig.far.count("GET", "/server/101/task/1000") == 4);
    CHECK(rig.far.count("POST", "/server/101/resetpassword") == 0);
}

TEST_CASE("Time4VPS: a reinstall without a word about the password has it reset") {
    Rig rig;
    rig.far.control({{"results", "Done."}});
    CHECK(rig.provider()->reinstall("102", "ssh-ed25519 AAAA", {}).value() == "Zt5&wW");
    CHECK(rig.far.count("POST", "/server/102/resetpassword") == 1);
}

TEST_CASE("Time4VPS: a task that does not end is given up when its time is over") {
    Rig rig;
    rig.far.control({{"polls", 1'000'000}});
    rig.settings.reinstall_budget = 50ms;
    CHECK(rig.provider()->reinstall("101", "key", {}).error().kind == ErrorKind::timed_out);
}

TEST_CASE("the password is found in what a finished task says") {
    CHECK(password_in("Password: \t<a onclick='this.innerHTML = \"a&lt;b\"'>Reveal</a>") == "a<b");
    CHECK(password_in("New password: Xk9$mP3\nDone") == "Xk9$mP3");
    CHECK(password_in("root PASSWORD:   q&amp;1<br>") == "q&1");
    CHECK(password_in("Done.").empty());
    CHECK(password_in("innerHTML = unquoted").empty());
    CHECK(password_in("password:").empty());
}
