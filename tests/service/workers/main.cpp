// The process runtime starts its supervisors with this program, as it does with orchestratord.
#include "control/runtime/process/supervisor.h"

#include <catch2/catch_session.hpp>
#include <string_view>

int main(int count, char** arguments) {
    if (count > 1 && std::string_view(arguments[1]) == "run-process")
        return control::run_process_command(count - 2, arguments + 2);
    return Catch::Session().run(count, arguments);
}
