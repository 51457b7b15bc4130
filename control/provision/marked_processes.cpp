#include "control/provision/marked_processes.h"

#include "contracts/base/number.h"
#include "contracts/base/unique_fd.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <memory>
#include <vector>

namespace control::provision {

namespace {

// A run has a few processes; each pass kills all that it sees, so that a few passes also find those
// that were forked in the meantime.
constexpr int kMostPasses = 50;
constexpr std::size_t kMostEnvironment = 256 << 10;

bool has_mark(pid_t pid, const std::string& mark) {
    const std::string path = "/proc/" + std::to_string(pid) + "/environ";
    const contracts::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return false;
    std::string text(kMostEnvironment, '\0');
    std::size_t size = 1;
    text[0] = '\0';  // so that each entry is preceded by one
    for (ssize_t got; size < text.size() &&
                      (got = ::read(file.get(), text.data() + size, text.size() - size)) > 0;)
        size += static_cast<std::size_t>(got);
    text.resize(size);
    const std::string wanted = std::string(1, '\0') + mark + '\0';
    return text.find(wanted) != std::string::npos;
}

}  // namespace

std::vector<pid_t> marked_processes(const std::string& mark) {
    std::vector<pid_t> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
    if (!processes) return found;
    while (const dirent* entry = ::readdir(processes.get()))
        if (const auto pid = contracts::whole_number(entry->d_name, 2, 1 << 30);
            pid && *pid != ::getpid() && has_mark(static_cast<pid_t>(*pid), mark))
            found.push_back(static_cast<pid_t>(*pid));
    return found;
}

void kill_marked(const std::string& mark) {
    for (int pass = 0; pass < kMostPasses; ++pass) {
        const std::vector<pid_t> found = marked_processes(mark);
        if (found.empty()) return;
        for (const pid_t pid : found)
            ::kill(pid, SIGKILL);
    }
}

}  // namespace control::provision
