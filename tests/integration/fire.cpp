#include "tests/integration/fire.h"

#include "tests/support/eventually.h"

#include <signal.h>
#include <algorithm>
#include <cstdlib>
#include <random>
#include <stdexcept>

namespace tests {

using contracts::Json;

std::uint32_t chosen_seed() {
    const char* given = std::getenv("ORCH_TEST_SEED");
    return given != nullptr ? static_cast<std::uint32_t>(std::atoi(given)) : std::random_device()();
}

void kill_redis(Installation& house) {
    const Finished found =
        run({.argv = {"pgrep", "-P", std::to_string(house.daemon_pid()), "redis-server"}});
    for (const char* text = found.output.c_str(); *text != '\0';) {
        char* end = nullptr;
        const long pid = std::strtol(text, &end, 10);
        if (end == text) break;
        ::kill(static_cast<pid_t>(pid), SIGKILL);
        text = end + 1;
    }
    eventually("Redis answers again", [&] {
        try {
            return house.redis().command({"PING"}).has_value();
        } catch (const std::runtime_error&) {
            return false;
        }
    });
}

bool kill_init(const Installation& house, const std::string& container) {
    const HttpResponse seen = house.engine().ask("GET", "/containers/" + container + "/json");
    const auto facts = contracts::parse_json(seen.body);
    if (!facts || seen.status != 200) return false;
    const int pid = facts->at("State").at("Pid").get<int>();
    return pid > 1 && ::kill(pid, SIGKILL) == 0;
}

std::vector<std::string> running_with(const Installation& house, const std::string& label,
                                      const std::string& value) {
    std::vector<std::string> ids;
    const auto list = contracts::parse_json(house.engine().ask("GET", "/containers/json").body);
    const std::vector<std::string> ours = house.containers();
    for (const Json& container : list.value_or(Json::array())) {
        const Json& labels = container.at("Labels");
        const auto found = labels.find(label);
        if (found == labels.end() || (!value.empty() && found->get<std::string>() != value))
            continue;
        const std::string id = contracts::text_at(container, "Id");
        if (std::ranges::find(ours, id) != ours.end()) ids.push_back(id);
    }
    return ids;
}

}  // namespace tests
