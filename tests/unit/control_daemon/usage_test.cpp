#include "control/daemon/usage.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

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
              "DATABSE_URL is not a setting; did you mean DATABASE_URL?",
              "ROLE is not a setting; did you mean ROLES?",
              "MAX_CONCURENT_WORKER is not a setting; did you mean MAX_CONCURRENT_WORKERS?"});
}

}  // namespace control
