#include "control/ports/data_directory.h"

#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

namespace control {

TEST_CASE("a database that was emptied is not begun anew in silence") {
    const tests::TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms{0711});
    contracts::Result<DataDirectory> data = DataDirectory::open(directory / "data");
    REQUIRE(data);
    CHECK(data->check_database());
    directory.write("data/orchestrator.db", "");
    CHECK(data->check_database());  // left by a first start that was interrupted
    REQUIRE(write_private_file(data->path() + "/token", "orch_x"));
    const contracts::Result<void> emptied = data->check_database();
    REQUIRE_FALSE(emptied);
    CHECK(emptied.error().kind == contracts::ErrorKind::fatal);
    CHECK(emptied.error().next_step.find("restore a backup") != std::string::npos);
    directory.write("data/orchestrator.db", "x");
    CHECK(data->check_database());
}

}  // namespace control
