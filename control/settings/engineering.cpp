#include "control/settings/engineering.h"

#include "contracts/messages/packages.h"
#include "control/settings/shapes.h"

namespace control {

using contracts::Environment;
using namespace std::chrono_literals;

namespace {

void read_capabilities(Environment& environment, std::vector<contracts::Capability>& chosen) {
    const std::optional<std::string> text = environment.find("DEVELOPER_CAPABILITIES");
    if (!text) return;
    std::vector<contracts::Capability> named;
    for (const std::string& word : split_list(*text)) {
        const auto capability = contracts::parse_choice<contracts::Capability>(word);
        if (!capability)
            return environment.fault("DEVELOPER_CAPABILITIES",
                                     "has \"" + word + "\", which is not a capability");
        named.push_back(*capability);
    }
    chosen = std::move(named);
}

void read_packages(Environment& environment, std::vector<std::string>& chosen) {
    const std::optional<std::string> text = environment.find("DEVELOPER_PACKAGES");
    if (!text) return;
    for (const std::string& word : split_list(*text)) {
        if (!contracts::is_package(word))
            return environment.fault("DEVELOPER_PACKAGES",
                                     "has \"" + word +
                                         "\", which is neither a toolchain nor a package of "
                                         "Debian such as apt:libpq-dev");
        chosen.push_back(word);
    }
}

void read_waits(Environment& environment, graphs::EngineeringSettings& settings) {
    const auto wait = [&](const char* name, std::chrono::milliseconds& value) {
        value = environment.seconds(name, std::chrono::duration_cast<std::chrono::seconds>(value),
                                    1s, 24h);
    };
    wait("ENGINEERING_CRASH_WAIT", settings.crash_wait);
    wait("ENGINEERING_UPSTREAM_WAIT", settings.upstream_wait);
    wait("ENGINEERING_PLATFORM_WAIT", settings.platform_wait);
    wait("ENGINEERING_LONGEST_WAIT", settings.longest_wait);
}

void read_limits(Environment& environment, graphs::EngineeringSettings& settings) {
    const auto limit = [&](const char* name, std::chrono::seconds& value) {
        value = environment.seconds(name, value, 1s, 24h);
    };
    limit("DEVELOPER_TIMEOUT", settings.turn);
    limit("TEST_TIMEOUT", settings.test_turn);
    limit("ENGINEERING_CREATION_TIMEOUT", settings.creation);
    limit("ENGINEERING_CALL_TIMEOUT", settings.call);
    limit("ENGINEERING_OVERDUE", settings.overdue);
    const auto count = [&](const char* name, std::int64_t& value) {
        value = environment.number(name, value, 1, 100);
    };
    count("ENGINEERING_ROUNDS", settings.rounds);
    count("ENGINEERING_CRASH_TRIES", settings.tries);
    count("ENGINEERING_UPSTREAM_TRIES", settings.upstream_tries);
    count("ENGINEERING_PLATFORM_TRIES", settings.platform_tries);
}

}  // namespace

void read(Environment& environment, graphs::EngineeringSettings& settings) {
    read_choice(environment, "DEVELOPER_AGENT", settings.agent_type);
    read_choice(environment, "DEVELOPER_AUTH_MODE", settings.auth_mode);
    read_capabilities(environment, settings.capabilities);
    read_packages(environment, settings.packages);
    read_variables(environment, "DEVELOPER_ENV", settings.developer_env);
    read_resource_limits(environment, "DEVELOPER_LIMITS", settings.developer_limits);
    read_resource_limits(environment, "TESTER_LIMITS", settings.tester_limits);
    settings.test_command = environment.text("TEST_COMMAND", settings.test_command);
    read_limits(environment, settings);
    read_waits(environment, settings);
}

}  // namespace control
