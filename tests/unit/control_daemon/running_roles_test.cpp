#include "control/daemon/running_roles.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

// A role that records the calls to it.
class RecordingRole final : public Role {
public:
    RecordingRole(std::string name, std::vector<std::string>& events, bool can_start = true)
        : name_(std::move(name)), events_(events), can_start_(can_start) {}
    ~RecordingRole() override { events_.push_back("~" + name_); }

    Result<void> start() override {
        if (!can_start_) return fail(ErrorKind::transient, "the port is in use", "LISTEN");
        events_.push_back("start " + name_);
        runs_ = true;
        return {};
    }
    void stop() override {
        if (runs_) events_.push_back("stop " + name_);
        runs_ = false;
    }
    Result<void> end_remains() override {
        events_.push_back("end " + name_);
        return {};
    }

private:
    std::string name_;
    std::vector<std::string>& events_;
    bool can_start_;
    bool runs_ = false;
};

using Events = std::vector<std::string>;

std::vector<NamedRole> three(Events& events, bool last_can_start) {
    std::vector<NamedRole> roles;
    roles.push_back({"a", std::make_unique<RecordingRole>("a", events)});
    roles.push_back({"b", std::make_unique<RecordingRole>("b", events)});
    roles.push_back({"c", std::make_unique<RecordingRole>("c", events, last_can_start)});
    return roles;
}

}  // namespace

TEST_CASE("roles start in order, and stop and go in reverse") {
    Events events;
    {
        RunningRoles roles(three(events, true));
        REQUIRE(roles.start());
        roles.stop();
        roles.stop();
    }
    CHECK(events ==
          Events{"start a", "start b", "start c", "stop c", "stop b", "stop a", "~c", "~b", "~a"});
}

TEST_CASE("when one role cannot start, nothing runs, and the failure names it") {
    Events events;
    RunningRoles roles(three(events, false));
    const Result<void> started = roles.start();
    REQUIRE_FALSE(started);
    CHECK(started.error().message == "c: the port is in use");
    CHECK(started.error().field == "LISTEN");
    CHECK(events == Events{"start a", "start b", "stop b", "stop a"});
}

TEST_CASE("roles that were never started can be stopped, and what they left can be ended") {
    Events events;
    RunningRoles roles(three(events, true));
    roles.stop();
    CHECK(events.empty());
    roles.end_remains(contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                                     contracts::LogLevel::error, contracts::LogFormat::json,
                                     "test"));
    CHECK(events == Events{"end c", "end b", "end a"});
}

}  // namespace control
