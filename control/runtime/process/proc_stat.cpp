#include "control/runtime/process/proc_stat.h"

#include "contracts/base/number.h"
#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>
#include <limits>

namespace control::process {

namespace {

// Counted after the name, from 0.
constexpr int kParentField = 1;
constexpr int kStartField = 19;

}  // namespace

std::optional<ProcStat> parse_proc_stat(std::string_view text) {
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string_view::npos || name_end + 2 >= text.size()) return std::nullopt;
    text.remove_prefix(name_end + 2);
    ProcStat stat{.state = text.front()};
    for (int field = 0; !text.empty(); ++field) {
        const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
        const auto number = contracts::whole_number(text.substr(0, end), 0);
        if (field == kParentField && !number) return std::nullopt;
        if (field == kParentField) stat.parent = static_cast<pid_t>(*number);
        if (field == kStartField) {
            if (!number) return std::nullopt;
            stat.start_time = static_cast<std::uint64_t>(*number);
            return stat;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::nullopt;
}

std::optional<ProcStat> proc_stat(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    const contracts::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char text[1024];
    const ssize_t size = file.valid() ? ::read(file.get(), text, sizeof text) : 0;
    if (size <= 0) return std::nullopt;
    return parse_proc_stat({text, static_cast<std::size_t>(size)});
}

}  // namespace control::process
