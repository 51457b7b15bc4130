#include "control/daemon/named_files.h"
#include "control/daemon/usage.h"
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
        "/nonexistent");
}

TEST_CASE("every file that the settings name is looked at, and all that is wrong is said") {
    const tests::TemporaryDirectory directory;
    const std::string key = directory.write("key", "too short");
    contracts::Result<Settings> settings = read({{"TLS_CERTIFICATE", directory / "none.pem"},
                                                 {"TLS_KEY", directory / "none.pem"},
                                                 {"SECRETS_KEY_FILE", key},
                                                 {"WORKER_BIN_DIR", directory / "none"}});
    REQUIRE(settings);
    std::vector<contracts::Error> faults = check_named_files(*settings);
    REQUIRE(faults.size() == 3);
    CHECK(faults[0].field == "TLS_CERTIFICATE");
    CHECK(faults[1].describe().find(key) != std::string::npos);
    CHECK(faults[2].field == "WORKER_BIN_DIR");
    // A key that is not there is made at the first start; without workers nobody needs a wrapper.
    settings = read({{"SECRETS_KEY_FILE", directory / "new"},
                     {"WORKER_BIN_DIR", directory / "none"},
                     {"ROLES", "api"}});
    REQUIRE(settings);
    CHECK(check_named_files(*settings).empty());
}

TEST_CASE("a variable with a slip in its name is told from others' variables") {
    const std::set<std::string> known{"DATABASE_URL", "API_RATE", "ROLES",
                                      "MAX_CONCURRENT_WORKERS"};
    const std::vector<std::string_view> variables{"DATABSE_URL=x",
                                                  "ROLE=",
                                                  "MAX_CONCURENT_WORKER=3",
                                                  "API_RATE=1",
                                                  "API_TOKEN=x",
                                                  "API_URL=x",
                                                  "HOME=",
                                                  "PATH=/bin",
                                                  "DATABASE=x",
                                                  "=x"};
    CHECK(mistyped_settings(known, variables) ==
          std::vector<std::string>{
              "DATABSE_URL is no setting; did you mean DATABASE_URL?",
              "ROLE is no setting; did you mean ROLES?",
              "MAX_CONCURENT_WORKER is no setting; did you mean MAX_CONCURRENT_WORKERS?"});
}

}  // namespace

}  // namespace control
