#include "control/forge/directory_list.h"

#include "control/forge/git.h"
#include "control/forge/names.h"

#include <algorithm>
#include <charconv>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

// How much of a directory's listing is read; the rest is left out.
constexpr std::size_t kMostListed = 4 << 20;

EntryKind kind_of(std::string_view mode) {
    if (mode == "040000") return EntryKind::directory;
    if (mode == "120000") return EntryKind::link;
    if (mode == "160000") return EntryKind::repository;
    return EntryKind::file;
}

// Removes and returns the next word of "100644 blob <id>    <size>".
std::string_view take_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

Result<std::string> list_tree(const std::string& git_directory, const std::string& commit,
                              const std::string& path) {
    std::vector<std::string> arguments{git_directory, "--literal-pathspecs", "ls-tree", "-z",
                                       "--long",      "--full-tree",         commit};
    if (!path.empty()) arguments.insert(arguments.end(), {"--", path});
    Result<SubprocessEnd> end = git(std::move(arguments), {}, kMostListed);
    if (!end) return end.fault();
    if (!end->success()) return fail(git_error(*end, "list " + commit));
    // The runner cuts longer output in the middle; up to here it is complete.
    if (end->output.size() > kMostListed) end->output.resize(kMostListed);
    return std::move(end->output);
}

}  // namespace

std::vector<DirectoryEntry> parse_tree(std::string_view output, std::size_t below) {
    std::vector<DirectoryEntry> entries;
    for (std::size_t end = output.find('\0'); end != std::string_view::npos;
         end = output.find('\0')) {
        const std::string_view record = output.substr(0, end);
        output.remove_prefix(end + 1);
        const std::size_t tab = record.find('\t');
        if (tab == std::string_view::npos || record.size() - tab - 1 < below) continue;
        std::string_view facts = record.substr(0, tab);
        DirectoryEntry entry;
        entry.kind = kind_of(take_word(facts));
        take_word(facts);
        take_word(facts);
        const std::string_view size = take_word(facts);
        std::from_chars(size.data(), size.data() + size.size(), entry.bytes);
        entry.name = record.substr(tab + 1 + below);
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<DirectoryEntry> find_in_tree(const std::string& git_directory, const std::string& commit,
                                    const std::string& path) {
    if (path.empty() || path.ends_with('/') || !stays_inside(path))
        return fail(ErrorKind::invalid, "must be a path below the root of the repository", "path",
                    "separate its parts with single slashes");
    Result<std::string> output = list_tree(git_directory, commit, path);
    if (!output) return output.fault();
    std::vector<DirectoryEntry> entries = parse_tree(*output, 0);
    if (entries.empty())
        return fail(ErrorKind::not_found, "is not in commit " + commit, "path",
                    "list the directory above it");
    return std::move(entries.front());
}

Result<std::vector<DirectoryEntry>> list_in_tree(const std::string& git_directory,
                                                 const std::string& commit,
                                                 const std::string& path) {
    if (!path.empty()) {
        Result<DirectoryEntry> found = find_in_tree(git_directory, commit, path);
        if (!found) return found.fault();
        if (found->kind != EntryKind::directory)
            return fail(ErrorKind::invalid, "is not a directory", "path", "read it as a file");
    }
    const std::string below = path.empty() ? std::string() : path + '/';
    Result<std::string> output = list_tree(git_directory, commit, below);
    if (!output) return output.fault();
    return parse_tree(*output, below.size());
}

}  // namespace control
