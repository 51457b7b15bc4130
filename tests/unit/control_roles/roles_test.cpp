#include "control/roles.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

namespace control {

TEST_CASE("every role of the table has a name of its own, a summary and a maker") {
    std::set<std::string_view> names;
    for (const RoleEntry& entry : role_table()) {
        INFO(entry.name);
        CHECK(names.insert(entry.name).second);
        CHECK(entry.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos);
        CHECK_FALSE(entry.summary.empty());
        CHECK(entry.make != nullptr);
    }
    CHECK(role_names().size() == names.size());
    CHECK(names.contains("api"));
}

TEST_CASE("a daemon opens the ports that its roles need, and no others") {
    Settings settings;
    settings.roles = {"api"};
    const Needs api = needs_of(role_table(), settings);
    CHECK((api.network && !api.runtime && !api.forge));
    settings.roles = {"graphs"};
    const Needs graphs = needs_of(role_table(), settings);
    CHECK((!graphs.network && !graphs.runtime && graphs.forge));
    settings.roles = {"api", "workers"};
    const Needs both = needs_of(role_table(), settings);
    CHECK((both.network && both.runtime && both.forge));
}

}  // namespace control
