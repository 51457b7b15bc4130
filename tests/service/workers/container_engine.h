// A Docker Engine for the workers of a World, whose image holds nothing but what is mounted.
#pragma once

#include "contracts/base/id.h"
#include "control/runtime/docker/docker.h"
#include "tests/service/workers/world.h"
#include "tests/support/docker_engine.h"

namespace workers_tests {

// Skips the test if there is no engine.
class ContainerEngine {
public:
    ContainerEngine() {
        try {
            engine_ = std::make_unique<tests::DockerEngine>();
            image_ = engine_->empty_image();
        } catch (const tests::NoDockerEngine& reason) {
            SKIP(reason.what());
        }
    }

    // The engine must outlive the world.
    void use_in(World& world) {
        world.image_for = [this](const WorkerConfig&, const std::stop_token&) {
            return Result<std::string>(image_);
        };
        world.make_runtime = [this](const std::string& name, const std::string& directory) {
            return must(make_docker_runtime({.socket = engine_->socket(),
                                             .owner = name + '-' + run_,
                                             .bin_directory = STAND_IN_DIRECTORY,
                                             .data_directory = directory},
                                            http_));
        };
    }
    [[nodiscard]] Json container(const std::string& worker_id) const {
        const auto answer = engine_->ask("GET", "/containers/worker-" + worker_id + "/json");
        return must(parse_json(answer.body));
    }

private:
    std::unique_ptr<tests::DockerEngine> engine_;
    std::string image_;
    std::string run_ = random_hex(4);  // part of the owner's name, since engines are shared
    HttpClient http_;
};

}  // namespace workers_tests
