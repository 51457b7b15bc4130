#include "control/subprocess/pipe.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace control {

using contracts::fail;
using contracts::Result;
using contracts::system_error;
using contracts::UniqueFd;

Result<Pipe> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail(system_error(errno, "pipe"));
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace control
