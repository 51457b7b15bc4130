#include "control/forge/git.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text;
}

std::vector<std::string> git_environment() {
    return {"GIT_CONFIG_NOSYSTEM=1",
            "GIT_CONFIG_GLOBAL=/dev/null",
            "GIT_TERMINAL_PROMPT=0",
            "GIT_AUTHOR_NAME=orchestrator",
            "GIT_AUTHOR_EMAIL=orchestrator@localhost",
            "GIT_COMMITTER_NAME=orchestrator",
            "GIT_COMMITTER_EMAIL=orchestrator@localhost",
            "HOME=/"};
}

void add_git_settings(std::vector<std::string>& environment, const GitSettings& settings) {
    for (std::size_t i = 0; i < settings.size(); ++i) {
        const std::string number = std::to_string(i);
        environment.push_back("GIT_CONFIG_KEY_" + number + '=' + settings[i].first);
        environment.push_back("GIT_CONFIG_VALUE_" + number + '=' + settings[i].second);
    }
    environment.push_back("GIT_CONFIG_COUNT=" + std::to_string(settings.size()));
}

Result<SubprocessEnd> git(std::vector<std::string> arguments, std::string input,
                          std::size_t max_output) {
    SubprocessSpec spec;
    spec.argv = {"git", "-c", "core.hooksPath=/dev/null"};
    for (std::string& argument : arguments)
        spec.argv.push_back(std::move(argument));
    spec.environment = git_environment();
    spec.input = std::move(input);
    spec.deadline = kGitDeadline;
    spec.max_output = 2 * max_output + 2;  // the runner keeps half of it at each end
    return run_subprocess(spec);
}

Error git_error(const SubprocessEnd& end, std::string_view what) {
    std::string words = without_line_end(end.error_output);
    if (words.size() > 500) words.erase(0, words.size() - 500);
    return Error{ErrorKind::transient, std::string(what)
                                           .append(": git ended with ")
                                           .append(std::to_string(end.exit_code))
                                           .append(": ")
                                           .append(words)};
}

// The output of a git that must succeed, as git wrote it.
Result<std::string> git_output(std::vector<std::string> arguments, std::string_view what,
                               std::string input) {
    Result<SubprocessEnd> end = git(std::move(arguments), std::move(input));
    if (!end) return fail(end.error().context(what));
    if (!end->success()) return fail(git_error(*end, what));
    return without_line_end(std::move(end->output));
}

Result<std::string> commit_as_user(const DirectoryCommit& commit, const std::string& base) {
    const std::string repository = commit.directory + ".git";
    if (::mkdir(repository.c_str(), 0755) != 0)
        return fail(system_error(errno, "create " + repository));
    if (::geteuid() == 0 && ::chown(repository.c_str(), commit.uid, commit.uid) != 0)
        return fail(system_error(errno, "give " + repository + " to the files' user"));
    const auto run = [&](std::vector<std::string> arguments) -> Result<std::string> {
        SubprocessSpec spec{.argv = {"git", "-c", "core.hooksPath=/dev/null",
                                     "--git-dir=" + repository, "--work-tree=" + commit.directory}};
        spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
        spec.environment = git_environment();
        spec.directory = commit.directory;
        spec.deadline = kGitDeadline;
        if (::geteuid() == 0) spec.uid = commit.uid;
        Result<SubprocessEnd> end = run_subprocess(spec);
        if (!end) return fail(std::move(end.error()).context("commit " + commit.directory));
        if (!end->success()) return fail(git_error(*end, "commit " + commit.directory));
        return without_line_end(std::move(end->output));
    };
    const auto run_all =
        [&run](std::initializer_list<std::vector<std::string>> steps) -> Result<void> {
        for (const std::vector<std::string>& step : steps)
            if (Result<std::string> done = run(step); !done) return done.fault();
        return {};
    };
    if (Result<void> added = run_all({{"init", "--quiet", "--template="},
                                      {"fetch", "--quiet", base, "refs/heads/main"},
                                      {"update-ref", "refs/heads/main", commit.parent},
                                      {"symbolic-ref", "HEAD", "refs/heads/main"},
                                      {"add", "--all", "."}});
        !added)
        return added.fault();
    Result<std::string> changed = run({"diff-index", "--cached", "--name-only", "HEAD"});
    if (!changed) return changed;
    if (changed->empty())
        return fail(ErrorKind::invalid, "contains nothing that differs from the repository",
                    "directory");
    if (Result<void> committed =
            run_all({{"commit", "--quiet", "--no-verify", "--message", commit.message},
                     {"bundle", "create", "--quiet", repository + "/work.bundle",
                      commit.parent + "..refs/heads/main"}});
        !committed)
        return committed.fault();
    return run({"rev-parse", "refs/heads/main"});
}

}  // namespace control
