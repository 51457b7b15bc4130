#include "control/runtime/runtime.h"

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

Result<void> cannot_freeze(std::string_view runtime) {
    return fail(ErrorKind::fatal,
                "the runtime \"" + std::string(runtime) + "\" cannot pause a worker", {},
                "set WORKER_PAUSE_AFTER=0");
}

}  // namespace

Result<void> Runtime::pause(const std::string& /*id*/) {
    return cannot_freeze(name());
}

Result<void> Runtime::resume(const std::string& /*id*/) {
    return cannot_freeze(name());
}

}  // namespace control
