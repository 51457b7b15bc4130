#include "control/forge/names.h"

#include <algorithm>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

Result<void> check_repository(const std::string& repository) {
    bool good = !repository.empty() && repository.size() <= 100 && repository.front() != '-';
    for (const char c : repository)
        good = good && is_word(c);
    if (good) return {};
    return fail(ErrorKind::invalid, "must be 1 to 100 characters of a-z 0-9 - _", "repository");
}

Result<void> check_branch(const std::string& branch) {
    bool good = !branch.empty() && branch.size() <= 200 && branch.front() != '-' &&
                branch.front() != '/' && branch.back() != '/' &&
                branch.find("//") == std::string::npos;
    for (const char c : branch)
        good = good && (is_word(c) || c == '/');
    if (good) return {};
    return fail(ErrorKind::invalid, "must be words of a-z 0-9 - _ separated by slashes", "branch");
}

Result<void> check_commit(const std::string& commit) {
    bool good = commit.size() == 40 || commit.size() == 64;
    for (const char c : commit)
        good = good && ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    if (good) return {};
    return fail(ErrorKind::invalid, "must be a full commit id", "commit");
}

Result<void> check_short_commit(const std::string& commit) {
    bool good = commit.size() >= 4 && commit.size() <= 64;
    for (const char c : commit)
        good = good && ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    if (good) return {};
    return fail(ErrorKind::invalid, "must be 4 to 64 hexadecimal digits", "commit");
}

bool stays_inside(std::string_view path) {
    while (!path.empty()) {
        const std::string_view segment = path.substr(0, path.find('/'));
        if (segment.empty() || segment == "." || segment == "..") return false;
        path.remove_prefix(std::min(segment.size() + 1, path.size()));
    }
    return true;
}

}  // namespace control
