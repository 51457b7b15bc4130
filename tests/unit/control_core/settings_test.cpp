#include "control/settings.h"

#include "control/data_directory.h"
#include "control/named_files.h"
#include "control/usage.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
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

// The whole message, which names the setting first.
std::string fault_of(const Variables& variables) {
    const contracts::Result<Settings> settings = read(variables);
    return settings ? "" : settings.error().message;
}

TEST_CASE("an address to listen on is numeric, with brackets around colons or without") {
    CHECK(read({{"LISTEN", "[::1]:8080"}})->listen_address == "::1");
    CHECK(read({{"LISTEN", "::1:8080"}})->listen_address == "::1");
    CHECK(read({{"LISTEN", "0.0.0.0:0"}})->listen_address == "0.0.0.0");
    for (const char* wrong :
         {"localhost:8080", ":8080", "[]:1", "127.0.0.1:x", "127.0.0.1", "::1%junk:80"})
        CHECK(fault_of({{"LISTEN", wrong}}).starts_with("LISTEN must be"));
}

TEST_CASE("what only the start would refuse is refused with the other settings") {
    CHECK(fault_of({{"DATABASE_URL", "mysql://x"}}).starts_with("DATABASE_URL must begin"));
    CHECK(read({{"DATABASE_URL", "postgresql://x"}}));
    CHECK(read({{"API_SOCKET", "/" + std::string(200, 'd') + "/" + std::string(80, 's')}}));
    CHECK(read({{"API_SOCKET", "/" + std::string(106, 's')}}));
    CHECK(fault_of({{"API_SOCKET", "/" + std::string(30, 'd') + "/" + std::string(81, 's')}})
              .starts_with("API_SOCKET must end in a file name of at most 80 bytes"));
    CHECK(fault_of({{"API_SOCKET", "s"}}).starts_with("API_SOCKET must be an absolute path"));
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

TEST_CASE("a database that was emptied is not begun anew in silence") {
    const tests::TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms{0711});
    contracts::Result<DataDirectory> data = DataDirectory::open(directory / "data");
    REQUIRE(data);
    CHECK(data->check_database());
    directory.write("data/orchestrator.db", "");
    CHECK(data->check_database());  // a first start that was cut short
    REQUIRE(write_private_file(data->path() + "/token", "orch_x"));
    const contracts::Result<void> emptied = data->check_database();
    REQUIRE_FALSE(emptied);
    CHECK(emptied.error().kind == contracts::ErrorKind::fatal);
    CHECK(emptied.error().next_step.find("restore a backup") != std::string::npos);
    directory.write("data/orchestrator.db", "x");
    CHECK(data->check_database());
}

}  // namespace

}  // namespace control
