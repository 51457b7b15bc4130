#include "control/settings/settings.h"

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

}  // namespace

}  // namespace control
