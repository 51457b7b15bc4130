#include "control/runtime/process/tree.h"

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

// Every process's parent, as /proc tells it now.
std::map<pid_t, std::vector<pid_t>> children_of_all() {
    std::map<pid_t, std::vector<pid_t>> children;
    DIR* proc = ::opendir("/proc");
    if (proc == nullptr) return children;
    while (const dirent* entry = ::readdir(proc)) {
        pid_t pid = 0;
        const char* name = entry->d_name;
        if (std::from_chars(name, name + std::strlen(name), pid).ec != std::errc()) continue;
        std::FILE* file = std::fopen(("/proc/" + std::string(name) + "/stat").c_str(), "re");
        if (file == nullptr) continue;
        char text[512] = {};
        const std::size_t size = std::fread(text, 1, sizeof text - 1, file);
        std::fclose(file);
        // After the name, which may hold anything: " S 123 …"
        const char* after = static_cast<const char*>(::memrchr(text, ')', size));
        pid_t parent = 0;
        if (after != nullptr && std::strlen(after) > 4 &&
            std::from_chars(after + 4, text + size, parent).ec == std::errc())
            children[parent].push_back(pid);
    }
    ::closedir(proc);
    return children;
}

}  // namespace

void kill_descendants() {
    auto children = children_of_all();
    std::vector<pid_t> queue{::getpid()};
    while (!queue.empty()) {
        const pid_t parent = queue.back();
        queue.pop_back();
        for (const pid_t child : children[parent]) {
            ::kill(child, SIGKILL);
            queue.push_back(child);
        }
    }
}

void kill_user(std::uint32_t uid) {
    if (uid == 0 || ::geteuid() != 0) return;
    const pid_t child = ::fork();
    if (child == 0) {
        // Only as that user does "everything" mean its own processes and no more.
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
