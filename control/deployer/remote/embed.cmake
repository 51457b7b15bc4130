# Builds the text of front.py into the room.
set(script "${CMAKE_SOURCE_DIR}/control/deployer/remote/front.py")
set(output "${CMAKE_BINARY_DIR}/generated/front_script.cpp")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${script}")
file(READ "${script}" text)
file(CONFIGURE OUTPUT "${output}" CONTENT [[#include "control/deployer/remote/front_script.h"

namespace control::deployer {

std::string_view front_script() {
    return R"file(@text@)file";
}

}  // namespace control::deployer
]] @ONLY)
target_sources(orch_control_deployer PRIVATE "${output}")
