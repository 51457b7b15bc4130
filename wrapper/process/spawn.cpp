#include "wrapper/process/spawn.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <string_view>

namespace wrapper {

namespace {

using contracts::UniqueFd;

// The child writes this into our memory, which no compiler expects.
struct Failure {
    volatile Step step{};
    volatile int error = 0;
};

bool make_pipe(UniqueFd& read, UniqueFd& write) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read.reset(ends[0]);
    write.reset(ends[1]);
    return true;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> list;
    list.reserve(texts.size() + 1);
    for (const std::string& text : texts)
        list.push_back(const_cast<char*>(text.c_str()));
    list.push_back(nullptr);
    return list;
}

// The files that `program` may be, in the order of the child's PATH.
std::vector<std::string> candidates(const std::string& program,
                                    const std::vector<std::string>& environment) {
    if (program.find('/') != std::string::npos) return {program};
    std::string_view path = "/usr/local/bin:/usr/bin:/bin";
    for (const std::string& entry : environment)
        if (entry.starts_with("PATH=")) path = std::string_view(entry).substr(5);
    std::vector<std::string> files;
    while (!path.empty()) {
        const std::string_view directory = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(directory.size() + 1, path.size()));
        if (!directory.empty()) files.push_back(std::string(directory) + '/' + program);
    }
    return files;
}

struct Prepared {
    std::vector<char*> argv;
    std::vector<char*> environment;
    std::vector<char*> files;
    const char* directory;
    pid_t parent;
};

bool unblock_signals() {
    sigset_t none;
    ::sigemptyset(&none);
    return ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

// Only async-signal-safe calls from here to execve; returns when one of them failed.
void become(const Prepared& prepared, const Confinement& wall, const int (&ends)[3],
            Failure& failure) {
    const auto fail = [&failure](Step step, int error) {
        failure.step = step;
        failure.error = error;
    };
    for (int i = 0; i < 3; ++i)
        if (::dup2(ends[i], i) < 0) return fail(Step::descriptors, errno);
    if (::setsid() < 0) return fail(Step::session, errno);
    Step failed{};
    if (const int error = confine(wall, prepared.parent, failed)) return fail(failed, error);
    // After the change of user, so that the directory is one that the agent may enter.
    if (::chdir(prepared.directory) != 0) return fail(Step::directory, errno);
    if (!unblock_signals()) return fail(Step::signals, errno);
    int error = ENOENT;
    for (char* const* file = prepared.files.data(); *file != nullptr; ++file) {
        ::execve(*file, prepared.argv.data(), prepared.environment.data());
        if (errno != ENOENT && errno != ENOTDIR) error = errno;
    }
    fail(Step::execute, error);
}

[[gnu::noinline]] pid_t start(const Prepared& prepared, const Confinement& wall,
                              const int (&ends)[3], Failure& failure) {
    const pid_t pid = ::vfork();
    if (pid != 0) return pid;
    become(prepared, wall, ends, failure);
    ::_exit(127);
}

contracts::Error error_of(const Failure& failure, const std::string& program) {
    std::string what = failure.step == Step::execute
                           ? "execute " + program
                           : std::string("start the agent, step ").append(to_text(failure.step));
    return contracts::system_error(failure.error, what);
}

}  // namespace

contracts::Result<Pipes> make_pipes(const Confinement& wall) {
    Pipes pipes;
    {
        const AsAgent as_agent(wall.user, AsAgent::Extent::user);
        if (!make_pipe(pipes.input.theirs, pipes.input.ours) ||
            !make_pipe(pipes.output.ours, pipes.output.theirs) ||
            !make_pipe(pipes.errors.ours, pipes.errors.theirs))
            return contracts::fail(contracts::system_error(errno, "make a pipe"));
    }
    for (const Pipe* pipe : {&pipes.input, &pipes.output, &pipes.errors})
        ::fcntl(pipe->ours.get(), F_SETFL, O_NONBLOCK);
    return pipes;
}

contracts::Result<pid_t> spawn(const Launch& launch, const Confinement& wall, const Pipes& pipes) {
    const std::vector<std::string> files = candidates(launch.argv.front(), launch.environment);
    const Prepared prepared{pointers(launch.argv), pointers(launch.environment), pointers(files),
                            launch.directory.c_str(), ::getpid()};
    const int ends[3] = {pipes.input.theirs.get(), pipes.output.theirs.get(),
                         pipes.errors.theirs.get()};
    Failure failure;
    const pid_t pid = start(prepared, wall, ends, failure);
    if (pid < 0) return contracts::fail(contracts::system_error(errno, "fork"));
    // The child shares our memory: on some systems its change of user makes our process dumpable.
    if (wall.user)
        if (auto guarded = guard_own_process(); !guarded) return guarded.fault();
    if (failure.error != 0) return contracts::fail(error_of(failure, launch.argv.front()));
    return pid;
}

}  // namespace wrapper
