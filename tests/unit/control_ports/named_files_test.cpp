#include "control/ports/ports.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <map>

namespace control {

namespace {

using Variables = std::map<std::string, std::string>;

contracts::Result<Settings> read(const Variables& variables) {
    return read_settings(
        contracts::Environment([&](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        }),
        "/nonexistent", {});
}

}  // namespace

TEST_CASE("every file that the settings name is looked at, and all that is wrong is said") {
    const tests::TemporaryDirectory directory;
    const std::string key = directory.write("key", "too short");
    contracts::Result<Settings> settings = read({{"TLS_CERTIFICATE", directory / "none.pem"},
                                                 {"TLS_KEY", directory / "none.pem"},
                                                 {"SECRETS_KEY_FILE", key},
                                                 {"WORKER_BIN_DIR", directory / "none"}});
    REQUIRE(settings);
    std::vector<contracts::Error> faults = check_named_files(*settings, {.runtime = true});
    REQUIRE(faults.size() == 3);
    CHECK(faults[0].field == "TLS_CERTIFICATE");
    CHECK(faults[1].describe().find(key) != std::string::npos);
    CHECK(faults[2].field == "WORKER_BIN_DIR");
    // A missing key is created at the first start; without workers no wrapper is needed.
    settings =
        read({{"SECRETS_KEY_FILE", directory / "new"}, {"WORKER_BIN_DIR", directory / "none"}});
    REQUIRE(settings);
    CHECK(check_named_files(*settings, {}).empty());
}

}  // namespace control
