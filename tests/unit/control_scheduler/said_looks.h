// Looks at servers whose results a test decides.
#pragma once

#include "control/provision/server_look.h"

#include <functional>
#include <map>
#include <set>

namespace control {

[[nodiscard]] inline ServerFigures well() {
    return {.memory_total_kib = 1000,
            .memory_available_kib = 800,
            .file_systems = {{.mounted_on = "/", .total_kib = 100, .free_kib = 80}},
            .docker = DockerState::up};
}

class SaidLooks final : public ServerLooks {
public:
    Result<std::vector<Result<ServerFigures>>> look(const std::vector<ProvisionTarget>& targets,
                                                    const std::stop_token&) override {
        std::vector<Result<ServerFigures>> all;
        asked.clear();
        for (const ProvisionTarget& target : targets) {
            asked.push_back(target.server_id);
            all.push_back(silent.contains(target.server_id)
                              ? Result<ServerFigures>(fail(ErrorKind::transient, "no answer"))
                              : Result<ServerFigures>(said[target.server_id]));
        }
        if (meanwhile) meanwhile();
        return all;
    }
    std::map<std::string, ServerFigures> said;
    std::set<std::string> silent;
    std::vector<std::string> asked;
    std::function<void()> meanwhile;
};

}  // namespace control
