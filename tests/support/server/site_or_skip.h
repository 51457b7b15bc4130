// The shared site, for tests that are skipped on machines that cannot have one.
#pragma once

#include "tests/support/server/site.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace tests {

[[nodiscard]] inline Site& site_or_skip() {
    static Site* found = nullptr;
    static std::string missing;
    if (found == nullptr && missing.empty()) try {
            found = &Site::shared();
        } catch (const NoDockerEngine& reason) {
            missing = reason.what();
        } catch (const NoServer& reason) {
            missing = reason.what();
        }
    if (found == nullptr) SKIP(missing);
    return *found;
}

}  // namespace tests
