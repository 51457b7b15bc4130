#include "control/demo/place.h"
#include "control/demo/requirements.h"
#include "control/demo/surroundings.h"
#include "control/settings/settings.h"
#include "tests/support/temporary_directory.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <optional>

using namespace control;
using namespace control::demo;

namespace {

constexpr std::string_view kRoles[] = {"api",  "workers",    "graphs",
                                       "chat", "scaffolder", "deployer"};

Result<Settings> settings_in(const Place& place, const std::string& copier) {
    const auto variables = surroundings(place, copier);
    return read_settings(contracts::Environment([&](const std::string& name) {
                             const auto found = variables.find(name);
                             return found == variables.end() ? std::nullopt
                                                             : std::optional(found->second);
                         }),
                         "/usr/lib/orchestrator", kRoles);
}

}  // namespace

TEST_CASE("every program that is missing is named, and the package that has it") {
    const tests::TemporaryDirectory programs;
    const auto nothing = check_requirements(programs.text());
    REQUIRE(!nothing);
    CHECK(nothing.error().kind == contracts::ErrorKind::not_found);
    CHECK(nothing.error().message == "the demo needs git, redis-server, python3, tar, setpriv");
    CHECK(nothing.error().next_step ==
          "install what is missing: apt-get install git redis-server python3 tar util-linux");

    for (const char* name : {"git", "python3", "tar", "setpriv"}) {
        const std::string program = programs / name;
        std::ofstream(program) << "#!/bin/sh\n";
        REQUIRE(::chmod(program.c_str(), 0755) == 0);
    }
    const auto one = check_requirements(programs.text());
    REQUIRE(!one);
    CHECK(one.error().message == "the demo needs redis-server");
}

TEST_CASE("a place goes with all that lies in it, whoever's it is") {
    std::string path;
    {
        const auto place = Place::make();
        REQUIRE(place);
        path = place->path();
        REQUIRE(::mkdir(place->data().c_str(), 0700) == 0);
        std::ofstream(place->log()) << "a line\n";
        struct stat there{};
        REQUIRE(::stat(path.c_str(), &there) == 0);
        CHECK((there.st_mode & 0777) == (::geteuid() == 0 ? 0711 : 0700));
    }
    CHECK(::access(path.c_str(), F_OK) != 0);
}

TEST_CASE("a demo's users are nobody else's") {
    const std::uint32_t first = unused_users(4);
    CHECK(first >= 30'000);
    CHECK(first + 4 <= 40'000);
    for (std::uint32_t user = first; user < first + 4; ++user)
        CHECK(::getpwuid(user) == nullptr);
}

TEST_CASE("a demo's settings are sound, and know nothing of this process's environment") {
    ::setenv("DATABASE_URL", "postgresql://somebody@elsewhere/else", 1);
    const auto place = Place::make();
    REQUIRE(place);
    const auto without = settings_in(*place, "");
    REQUIRE(without);
    ::unsetenv("DATABASE_URL");
    CHECK(without->store.database_url.empty());
    CHECK(without->places.data_directory == place->data());
    CHECK(without->places.bin_directory == "/usr/lib/orchestrator");
    CHECK(without->engineering.developer_env.contains("AGENT_COMMAND"));
    CHECK(without->chat.env_vars.contains("AGENT_COMMAND"));
    CHECK_FALSE(without->has_role("scaffolder"));
    const auto with = settings_in(*place, "/opt/copier");
    REQUIRE(with);
    CHECK(with->has_role("scaffolder"));
    CHECK(with->templates.copier == "/opt/copier");
}
