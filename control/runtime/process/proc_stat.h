// What /proc/<pid>/stat says of a process now. Empty: it has gone.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace control::process {

struct ProcStat {
    char state = '?';  // 'T' stopped, 'Z' and 'X' dead, and others (man 5 proc)
    pid_t parent = 0;
    std::uint64_t start_time = 0;  // in clock ticks after boot

    [[nodiscard]] bool is_dead() const { return state == 'Z' || state == 'X'; }
};

[[nodiscard]] std::optional<ProcStat> proc_stat(pid_t pid);
// The file's text: "1234 (any name) S 1200 …". The name may hold blanks and parentheses.
[[nodiscard]] std::optional<ProcStat> parse_proc_stat(std::string_view text);

}  // namespace control::process
