#include "wrapper/process/tree.h"

#include "contracts/base/id.h"
#include "contracts/base/number.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace wrapper {

namespace {

struct Process {
    pid_t pid;
    pid_t parent;
    bool ours;
};

// -1 if `text` is not a pid.
pid_t to_pid(std::string_view text) {
    return static_cast<pid_t>(
        contracts::whole_number(text, 0, std::numeric_limits<pid_t>::max()).value_or(-1));
}

// "1234 (any name) S 1200 …": the parent follows the state, after the last parenthesis.
pid_t parent_of(const char* pid) {
    const std::string path = std::string("/proc/") + pid + "/stat";
    const contracts::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char text[512];
    const ssize_t size = file.valid() ? ::read(file.get(), text, sizeof text - 1) : 0;
    if (size <= 0) return -1;
    text[size] = '\0';
    const char* name_end = std::strrchr(text, ')');
    if (name_end == nullptr || std::strlen(name_end) < 5) return -1;
    const std::string_view rest = name_end + 4;
    return to_pid(rest.substr(0, rest.find(' ')));
}

std::vector<Process> all_processes() {
    std::vector<Process> list;
    DIR* proc = ::opendir("/proc");
    if (proc == nullptr) return list;
    while (const dirent* entry = ::readdir(proc)) {
        const pid_t pid = to_pid(entry->d_name);
        if (pid > 0) list.push_back({pid, parent_of(entry->d_name), false});
    }
    ::closedir(proc);
    return list;
}

void signal_descendants(int signal) {
    std::vector<Process> list = all_processes();
    const pid_t self = ::getpid();
    const auto is_ours = [&](pid_t pid) {
        return pid == self || std::any_of(list.begin(), list.end(), [pid](const Process& p) {
                   return p.ours && p.pid == pid;
               });
    };
    for (bool found = true; found;) {
        found = false;
        for (Process& process : list)
            if (!process.ours && process.pid != self && is_ours(process.parent))
                process.ours = found = true;
    }
    for (const Process& process : list)
        if (process.ours) ::kill(process.pid, signal);
}

// Acts as a user that may signal the agent's processes and no others, and that they cannot signal
// back: only our effective uid is the agent's, the real one is `nobody`, and the saved one lets us
// become root again.
void signal_user(uid_t uid, uid_t nobody, int signal) {
    if (::syscall(SYS_setresuid, nobody, uid, 0) == 0) ::kill(-1, signal);
    if (::syscall(SYS_setresuid, 0, 0, 0) != 0) ::_exit(EXIT_FAILURE);
}

// A uid that neither an agent nor another wrapper has: a process that used the same one at the same
// moment would be signalled with the agent.
uid_t uid_of_nobody() {
    constexpr uid_t kFirst = 0xc000'0000;
    constexpr uid_t kCount = 0x3fff'fff0;
    return kFirst + contracts::random_number() % kCount;
}

}  // namespace

Tree::Tree(std::optional<AgentUser> user) : user_(user), nobody_(uid_of_nobody()) {
    if (::getpid() == 1)
        reach_ = Reach::whole_namespace;
    else if (user)
        reach_ = Reach::own_user;
    else
        reach_ = Reach::descendants;
}

void Tree::signal(int signal) const {
    if (reach_ == Reach::whole_namespace) {
        ::kill(-1, signal);
        return;
    }
    if (reach_ == Reach::own_user) signal_user(user_->uid, nobody_, signal);
    signal_descendants(signal);
}

void Tree::clear_leftovers() const {
    if (reach_ == Reach::whole_namespace)
        ::kill(-1, SIGKILL);
    else if (reach_ == Reach::own_user)
        signal_user(user_->uid, nobody_, SIGKILL);
}

}  // namespace wrapper
