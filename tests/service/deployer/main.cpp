// Deployments outlive the process that made them: their fronts and supervisors are started by this
// program, as they are by orchestratord.
#include "control/deployer/local/front.h"
#include "control/runtime/process/supervisor.h"

#include <catch2/catch_session.hpp>
#include <string_view>

int main(int count, char** arguments) {
    const std::string_view command = count > 1 ? arguments[1] : "";
    if (command == "run-process") return control::run_process_command(count - 2, arguments + 2);
    if (command == "run-front")
        return control::deployer::run_front_command(count - 2, arguments + 2);
    return Catch::Session().run(count, arguments);
}
