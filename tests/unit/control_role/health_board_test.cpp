#include "control/role/health_board.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

using contracts::ErrorKind;
using contracts::fail;

TEST_CASE("a part is unknown, well, or unwell with a reason, and each change is told once") {
    HealthBoard board;
    CHECK(board.parts().empty());
    CHECK_FALSE(board.is_well("bus"));
    CHECK_FALSE(board.set("bus", {}));  // well from the beginning: nothing to tell
    CHECK(board.is_well("bus"));
    CHECK(board.set("bus", fail(ErrorKind::transient, "it is away")));
    CHECK_FALSE(board.set("bus", fail(ErrorKind::transient, "it is still away")));
    CHECK(board.parts().at("bus").reason == "it is still away");
    CHECK(board.set("bus", {}));
    CHECK(board.parts().at("bus").reason.empty());
    CHECK(board.set("store", fail(ErrorKind::transient, "full")));  // unwell from the beginning
}

}  // namespace control
