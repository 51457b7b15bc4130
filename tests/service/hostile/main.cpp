// The process runtime starts its supervisors by this program, as it does by orchestratord.
#include "control/runtime/process/supervisor.h"

#include <catch2/catch_session.hpp>
#include <string_view>

int main(int count, char** arguments) {
    const std::string_view command = count > 1 ? arguments[1] : "";
    if (command == "run-process") return control::run_process_command(count - 2, arguments + 2);
    return Catch::Session().run(count, arguments);
}
