#include "control/runtime/process/tree.h"

#include "control/runtime/process/proc_stat.h"

#include <dirent.h>
#include <grp.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace control::process {

namespace {

struct Process {
    pid_t id = 0;
    bool stopped = false;
};

// The children of every process, from /proc.
std::map<pid_t, std::vector<Process>> children_of_all() {
    std::map<pid_t, std::vector<Process>> children;
    DIR* proc = ::opendir("/proc");
    if (proc == nullptr) return children;
    while (const dirent* entry = ::readdir(proc)) {
        pid_t pid = 0;
        const char* name = entry->d_name;
        if (std::from_chars(name, name + std::strlen(name), pid).ec != std::errc()) continue;
        if (const auto stat = proc_stat(pid))
            // Dead processes need no signal.
            children[stat->parent].push_back({pid, stat->state == 'T' || stat->is_dead()});
    }
    ::closedir(proc);
    return children;
}

// Returns how many were not stopped before.
int signal_descendants(pid_t root, int signal) {
    auto children = children_of_all();
    std::vector<pid_t> queue{root};
    int running = 0;
    while (!queue.empty()) {
        const pid_t parent = queue.back();
        queue.pop_back();
        for (const Process& child : children[parent]) {
            ::kill(child.id, signal);
            if (!child.stopped) ++running;
            queue.push_back(child.id);
        }
    }
    return running;
}

}  // namespace

void kill_descendants() {
    signal_descendants(::getpid(), SIGKILL);
}

bool freeze_descendants(pid_t root) {
    constexpr int kPasses = 20;
    constexpr int kBetweenMs = 2;  // a signal takes effect when its process next runs
    for (int pass = 0; pass < kPasses; ++pass) {
        if (signal_descendants(root, SIGSTOP) == 0) return true;
        ::poll(nullptr, 0, kBetweenMs);
    }
    return false;
}

void thaw_descendants(pid_t root) {
    signal_descendants(root, SIGCONT);
}

bool is_frozen(pid_t root) {
    const std::string id = std::to_string(root);
    std::FILE* file = std::fopen(("/proc/" + id + "/task/" + id + "/children").c_str(), "re");
    if (file == nullptr) return false;
    long child = 0;
    const bool read = std::fscanf(file, "%ld", &child) == 1;
    std::fclose(file);
    if (!read) return false;
    const auto stat = proc_stat(static_cast<pid_t>(child));
    return stat && stat->state == 'T';
}

void kill_user(std::uint32_t uid) {
    if (uid == 0 || ::geteuid() != 0) return;
    const pid_t child = ::fork();
    if (child == 0) {
        // Only for that user does kill(-1) mean its own processes and no others.
        if (::setgroups(0, nullptr) != 0 || ::setresgid(uid, uid, uid) != 0 ||
            ::setresuid(uid, uid, uid) != 0 || ::getuid() != uid || ::geteuid() != uid)
            ::_exit(1);
        ::kill(-1, SIGKILL);
        ::_exit(0);
    }
    if (child > 0)
        while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
}

bool end_descendants(std::uint32_t uid, std::chrono::milliseconds patience,
                     const std::function<void(pid_t, int)>& reaped) {
    constexpr std::chrono::milliseconds kRound{20};
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        kill_descendants();
        kill_user(uid);
        int status = 0;
        pid_t pid = 0;
        while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0)
            reaped(pid, status);
        if (pid < 0 && errno == ECHILD) return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        ::poll(nullptr, 0, static_cast<int>(kRound.count()));
    }
}

}  // namespace control::process
