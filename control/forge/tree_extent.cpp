#include "control/forge/tree_extent.h"

#include "control/forge/git.h"

#include <algorithm>
#include <charconv>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

// Limits for the tree of a commit that is walked or checked out.
constexpr std::int64_t kMostEntries = 250'000;
constexpr std::int64_t kMostBytes = std::int64_t{2} << 30;
// Linux's limits for a name, and for a path below a workspace's own path.
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestPath = 3'900;
constexpr std::size_t kMostLinks = 20;

// A line of `ls-tree --long`: "100644 blob <id> <size>\t<path>".
struct TreeEntry {
    bool is_link = false;    // a link to another repository's commit
    std::int64_t bytes = 0;  // 0 for entries without a size
    std::string_view path;
};

TreeEntry tree_entry(std::string_view line) {
    const std::size_t tab = std::min(line.find('\t'), line.size());
    const std::string_view head = line.substr(0, tab);
    TreeEntry entry;
    entry.is_link = head.starts_with("160000 ");
    entry.path = line.substr(std::min(tab + 1, line.size()));
    const std::string_view number = head.substr(std::min(head.rfind(' ') + 1, head.size()));
    std::from_chars(number.data(), number.data() + number.size(), entry.bytes);
    entry.bytes = std::min(entry.bytes, kMostBytes + 1);
    return entry;
}

bool is_too_long(std::string_view path) {
    if (path.size() > kLongestPath) return true;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > kLongestName) return true;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return false;
}

struct Walk {
    TreeExtent extent;
    std::string too_long;  // a path that no file system accepts

    void add(const TreeEntry& entry) {
        ++extent.entries;
        extent.bytes += entry.bytes;
        if (is_too_long(entry.path)) too_long = entry.path;
        if (entry.is_link && extent.links.size() < kMostLinks)
            extent.links.emplace_back(entry.path);
    }
    [[nodiscard]] bool is_too_much() const {
        return extent.entries > kMostEntries || extent.bytes > kMostBytes || !too_long.empty();
    }
    [[nodiscard]] Error error() const {
        if (!too_long.empty())
            return Error{.kind = ErrorKind::invalid,
                         .message = "has a path that is too long for a file system: " +
                                    too_long.substr(0, 100) + "…",
                         .field = "commit",
                         .next_step = "rename it to at most 255 bytes per part"};
        return Error{.kind = ErrorKind::invalid,
                     .message = "unpacks to more than " + std::to_string(kMostEntries) +
                                " files or " + std::to_string(kMostBytes >> 20) + " MiB",
                     .field = "commit",
                     .next_step = "remove generated files from it"};
    }
};

}  // namespace

Result<TreeExtent> measure_tree(const std::string& repository, const std::string& commit) {
    std::stop_source enough;
    Walk walk;
    SubprocessSpec list{.argv = {"git", "-c", "core.quotePath=false", "--git-dir=" + repository,
                                 "ls-tree", "-r", "-t", "--long", "--full-tree", commit}};
    list.environment = git_environment();
    list.deadline = kGitDeadline;
    list.max_output = 4096;
    list.on_line = [&](std::string_view line) {
        walk.add(tree_entry(line));
        if (walk.is_too_much()) enough.request_stop();
    };
    const Result<SubprocessEnd> end = run_subprocess(list, enough.get_token());
    if (walk.is_too_much()) return fail(walk.error());
    if (!end) return end.fault();
    if (!end->success()) return fail(git_error(*end, "list " + commit));
    return std::move(walk.extent);
}

}  // namespace control
