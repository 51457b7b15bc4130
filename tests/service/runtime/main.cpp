// The process runtime starts its supervisors with this program, as it does with orchestratord; one
// test also needs a daemon that it can kill.
#include "control/runtime/process/process.h"
#include "control/runtime/process/supervisor.h"

#include <catch2/catch_session.hpp>
#include <csignal>
#include <filesystem>
#include <string_view>

namespace {

// INSTANCES BIN WORKER: launches a worker that waits, and is killed.
int launch_and_die(char** arguments) {
    const std::string place = arguments[2];
    const auto runtime = control::make_process_runtime(
        {.owner = "suite",
         .instances_directory = arguments[0],
         .bin_directory = arguments[1],
         .supervisor = {std::filesystem::read_symlink("/proc/self/exe"), "run-process"},
         .path = "/usr/bin:/bin"});
    control::WorkerSpec worker;
    worker.worker_id = std::filesystem::path(place).filename();
    worker.uid = 20900;
    worker.environment = {{"PROBE", "ready; wait"}};
    worker.directories = {.control = place + "/control",
                          .state = place + "/state",
                          .home = place + "/home",
                          .workspace = place + "/workspace"};
    if (!runtime || !(*runtime)->launch(worker)) return 1;
    return ::raise(SIGKILL);
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view command = count > 1 ? arguments[1] : "";
    if (command == "run-process") return control::run_process_command(count - 2, arguments + 2);
    if (command == "launch-and-die" && count == 5) return launch_and_die(arguments + 2);
    return Catch::Session().run(count, arguments);
}
