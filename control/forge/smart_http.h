// Git's smart HTTP protocol for one repository, on behalf of one worker. All of the repository can
// be read. Pushes may go to one branch, and to the worker's own folder below refs/keep/ for commits
// that the branch does not accept; git itself refuses a push to any other ref, because all others
// are hidden from it.
//
// Failure: another repository or another kind of request is `permission`; a repository that is too
// large to fetch is `invalid`; the runner's error if git cannot be started or takes too long.
// Blocks. Thread: from any thread.
#pragma once

#include "control/http/message.h"

#include <stop_token>
#include <string>

namespace control {

// The largest push or fetch in bytes. The request and the answer are held in memory.
inline constexpr std::size_t kMaxPack = 64 << 20;

struct GitAccess {
    std::string repository;
    std::string branch;  // the branch that may be pushed; empty: nothing may be written
    std::string keep;    // the worker's folder below refs/keep/
};

struct GitAnswer {
    HttpResponse response;
    std::string words;  // git's standard error, for the log
};

// `directory` contains the bare repositories.
[[nodiscard]] contracts::Result<GitAnswer> serve_smart_http(const std::string& directory,
                                                            const GitAccess& access,
                                                            const HttpRequest& request,
                                                            std::stop_token stop);

}  // namespace control
