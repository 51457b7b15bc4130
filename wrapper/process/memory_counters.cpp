#include "wrapper/process/memory_counters.h"

#include "contracts/base/number.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <string_view>

namespace wrapper {

namespace {

struct Files {
    const char* events;
    const char* peak;
};

constexpr Files kVersions[] = {
    {"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory.peak"},
    {"/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory/memory.max_usage_in_bytes"},
};

// The number after `label`, at the beginning of a line of the file as it is now.
std::int64_t number_in(const contracts::UniqueFd& file, std::string_view label) {
    char bytes[1024];
    const ssize_t size = file.valid() ? ::pread(file.get(), bytes, sizeof bytes, 0) : 0;
    std::string_view text(bytes, size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        if (line.starts_with(label))
            return contracts::whole_number(line.substr(label.size()), 0).value_or(0);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return 0;
}

}  // namespace

MemoryCounters::MemoryCounters() {
    if (::getpid() != 1) return;
    for (const Files& files : kVersions) {
        events_.reset(::open(files.events, O_RDONLY | O_CLOEXEC));
        if (!events_.valid()) continue;
        peak_.reset(::open(files.peak, O_RDONLY | O_CLOEXEC));
        return;
    }
}

std::int64_t MemoryCounters::oom_kills() const {
    return number_in(events_, "oom_kill ");
}

std::int64_t MemoryCounters::peak_bytes() const {
    return number_in(peak_, "");
}

}  // namespace wrapper
