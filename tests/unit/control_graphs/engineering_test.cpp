#include "contracts/messages/developer.h"
#include "control/graphs/engineering/prompt.h"
#include "control/graphs/engineering/state.h"
#include "control/graphs/kit/tail.h"
#include "control/graphs/kit/turn_end.h"
#include "control/graphs/kit/worker_turn.h"

#include <catch2/catch_test_macros.hpp>

namespace {

using namespace control::graphs;
using contracts::DeveloperWorkerOutput;
using contracts::ResultStatus;

DeveloperWorkerOutput output(ResultStatus status, const char* error = nullptr) {
    DeveloperWorkerOutput made;
    made.status = status;
    if (error != nullptr) made.error = error;
    return made;
}

}  // namespace

TEST_CASE("a tail begins with a whole character") {
    CHECK(tail_of("short", 10) == "short");
    CHECK(tail_of("abcdef", 3) == "…def");
    CHECK(tail_of("aéé", 3) == "…é");
}

TEST_CASE("how a turn ended is told from its output") {
    CHECK(end_of(output(ResultStatus::success)) == TurnEnd::success);
    CHECK(end_of(output(ResultStatus::timeout)) == TurnEnd::timed_out);
    CHECK(end_of(output(ResultStatus::failed, "Worker crashed: exit code 1")) == TurnEnd::broken);
    CHECK(end_of(output(ResultStatus::failed, "Worker crashed: out of memory")) == TurnEnd::broken);
    CHECK(end_of(output(ResultStatus::error, "no result block")) == TurnEnd::broken);
    CHECK(end_of(output(ResultStatus::error, "Overloaded (status 529)")) == TurnEnd::upstream);
    CHECK(end_of(output(ResultStatus::error, "budget reached (status 402)")) == TurnEnd::unpaid);
    CHECK(end_of(output(ResultStatus::failed, "stopped")) == TurnEnd::broken);
    DeveloperWorkerOutput said = output(ResultStatus::failed, "cannot be done");
    said.summary = "cannot be done";
    CHECK(end_of(said) == TurnEnd::refused);
    DeveloperWorkerOutput tested = output(ResultStatus::failed);
    tested.data = contracts::Json{{"exit_code", 2}};
    CHECK(end_of(tested) == TurnEnd::refused);
}

TEST_CASE("that memory ran out is told from the cause, and not from words") {
    DeveloperWorkerOutput died = output(ResultStatus::failed, "Worker crashed: killed");
    died.data = contracts::Json{{contracts::kCauseOfDeath, contracts::kOutOfMemory}};
    CHECK(end_of(died) == TurnEnd::out_of_memory);
    died.status = ResultStatus::error;
    CHECK(end_of(died) == TurnEnd::out_of_memory);
    died.status = ResultStatus::success;
    CHECK(end_of(died) == TurnEnd::success);
    died.status = ResultStatus::failed;
    died.data = contracts::Json{{contracts::kCauseOfDeath, "killed"}};
    CHECK(end_of(died) == TurnEnd::broken);
}

TEST_CASE("that the model's side turned a turn away is told by its status, where it is known") {
    DeveloperWorkerOutput away = output(ResultStatus::error, "the wind blew");
    for (const int status : {429, 500, 503, 529}) {
        away.data = contracts::Json{{contracts::kModelStatus, status}};
        CHECK(end_of(away) == TurnEnd::upstream);
    }
    away.error = "Invalid key: see our page on rate limits";
    away.data = contracts::Json{{contracts::kModelStatus, 401}};
    CHECK(end_of(away) == TurnEnd::broken);
    away.error = "Rate limit reached";
    for (const contracts::Json& unusable : {contracts::Json(), contracts::Json(7),
                                            contracts::Json{{contracts::kModelStatus, "429"}}}) {
        away.data = unusable;
        CHECK(end_of(away) == TurnEnd::upstream);
    }
    away.status = ResultStatus::success;
    away.data = contracts::Json{{contracts::kModelStatus, 429}};
    CHECK(end_of(away) == TurnEnd::success);
}

TEST_CASE("usage is summed by name, however deep, and words are left out") {
    Json sum = Json::object();
    add_usage(sum, {{"input_tokens", 10}, {"cost_usd", 0.5}, {"model", "m"}});
    add_usage(sum, {{"input_tokens", 5}, {"cost_usd", 1}, {"cache", {{"read", 3}}}});
    add_usage(sum, {{"cache", {{"read", 4}}}});
    add_usage(sum, "nonsense");
    CHECK(sum == Json{{"input_tokens", 15}, {"cost_usd", 1.5}, {"cache", {{"read", 7}}}});
}

TEST_CASE("two projects of one name made at one time have two repositories") {
    contracts::EngineeringMessage message;
    contracts::Task task;
    task.id = "t";
    contracts::Project one;
    one.name = "shop";
    one.id = "01a1fe2a-7834-7500-b0c5-23305a999d3e";
    contracts::Project other = one;
    other.id = "01a1fe2a-7834-7501-9de1-71f0aa20c11d";
    CHECK(begin_engineering(message, task, one).repository == "shop-5a999d3e");
    CHECK(begin_engineering(message, task, other).repository == "shop-aa20c11d");
}
