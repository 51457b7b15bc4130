// How the last node of engineering handles the forge's answers.
#include "control/graphs/engineering/nodes.h"

#include <catch2/catch_test_macros.hpp>

namespace {

using namespace control::graphs;

// Gives the node one event after the other, on one checkpoint.
struct Heard {
    EngineeringSettings settings;
    EngineeringState state;
    Json checkpoint = Json::object();

    Heard() {
        state.branch = "task/1";
        state.last_round = 3;
    }
    Next hear(Next (*node)(Move&), Json answer) {
        const Event event{std::string(kCalled), "key", std::move(answer)};
        const Turn turn{.thread = "t", .node = "deliver", .state = checkpoint, .event = event};
        Effects effects("t", 1);
        Move move{MoveOf<EngineeringState, EngineeringSettings>{{turn, effects}, settings, state}};
        Next next = node(move);
        state = move.state;
        return next;
    }
};

std::string goes_to(const Next& next) {
    const auto* to = std::get_if<GoTo>(&next);
    return to == nullptr ? "" : to->node;
}

Json failed(const char* kind, const char* error) {
    return {{"ok", false}, {"kind", kind}, {"error", error}};
}

}  // namespace

TEST_CASE(
    "what takes its time is looked at after 15, 30, then 60 seconds, and after an hour by a "
    "person") {
    for (auto* node : {&prepare, &deliver}) {
        Heard delivery;
        const Json waiting{{"ok", true}, {"value", {{"waiting", "checks: ci"}}}};
        for (const std::int64_t wait : {15'000, 30'000, 60'000, 60'000}) {
            CHECK(goes_to(delivery.hear(node, waiting)) == kBackOff);
            CHECK(delivery.state.wait_ms == wait);
            CHECK(delivery.state.resume == (node == &prepare ? "prepare" : "deliver"));
            CHECK(delivery.state.trouble == "checks: ci");
        }
        int looks = 4;
        while (looks < 200 && goes_to(delivery.hear(node, waiting)) == kBackOff)
            ++looks;
        CHECK(looks == 60);
        CHECK(goes_to(delivery.hear(node, waiting)) == kBackOff);  // asked again, it starts anew
        CHECK(delivery.state.platform_tries == 0);
    }
}

TEST_CASE(
    "a check that failed goes back to the developer with its words, for as many rounds as there "
    "are") {
    Heard delivery;
    for (int round = 1; round < 3; ++round) {
        CHECK(goes_to(delivery.hear(&deliver, failed("invalid", "the check ci: E501"))) ==
              "hire_developer");
        CHECK(delivery.state.feedback.find("the check ci: E501") != std::string::npos);
        CHECK(delivery.state.rounds_done == round);
    }
    CHECK(goes_to(delivery.hear(&deliver, failed("invalid", "the check ci: E501"))) == kAskPerson);
}

TEST_CASE("what a person must allow is asked for at once") {
    for (auto* node : {&prepare, &deliver}) {
        Heard delivery;
        CHECK(goes_to(delivery.hear(node, failed("permanent", "is archived"))) == kAskPerson);
        CHECK(delivery.state.trouble == "is archived");
    }
    Heard delivery;
    CHECK(goes_to(delivery.hear(&deliver, failed("transient", "git is away"))) == kBackOff);
    CHECK(delivery.state.platform_tries == 1);
}
