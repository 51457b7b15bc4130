#include "control/forge/kept_refs.h"

#include "control/forge/git.h"

#include <sys/stat.h>
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

namespace control {

using contracts::fail;
using contracts::Result;

namespace {

namespace fs = std::filesystem;

struct KeptRef {
    std::string name;  // "refs/keep/w-1/0123456789ab"
    contracts::Timestamp written;
};

// Each ref is a file of its own, because our git never packs refs. Names of lock files end with
// ".lock", which names of refs never do.
std::map<std::string, std::vector<KeptRef>> kept_refs(const std::string& repository) {
    std::map<std::string, std::vector<KeptRef>> folders;
    std::error_code error;
    fs::recursive_directory_iterator entry(repository + "/refs/keep", error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        struct stat status{};
        const std::string path = entry->path().string();
        if (path.ends_with(".lock") || ::lstat(path.c_str(), &status) != 0 ||
            !S_ISREG(status.st_mode))
            continue;
        folders[entry->path().parent_path().string()].push_back(
            {.name = path.substr(repository.size() + 1),
             .written = contracts::Timestamp(std::chrono::seconds(status.st_mtime))});
    }
    return folders;
}

std::vector<std::string> too_many(std::vector<KeptRef> refs, const KeptRefs& keep,
                                  contracts::Timestamp now) {
    std::ranges::sort(refs, std::ranges::greater(), &KeptRef::written);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < refs.size(); ++i)
        if (i >= keep.most || now - refs[i].written > keep.age)
            names.push_back(std::move(refs[i].name));
    return names;
}

// Objects of a push in progress are younger than two weeks.
Result<void> remove_refs(const std::string& repository, const std::vector<std::string>& names) {
    std::string commands;
    for (const std::string& name : names)
        commands.append("delete ").append(name).append(2, '\0');
    const std::string dir = "--git-dir=" + repository;
    Result<std::string> gone =
        git_output({dir, "update-ref", "--stdin", "-z"}, "remove kept refs", commands);
    if (gone)
        gone = git_output({dir, "-c", "gc.packRefs=false", "gc", "--quiet", "--prune=2.weeks.ago"},
                          "remove unreferenced objects");
    return gone ? Result<void>() : Result<void>(fail(std::move(gone.error()).context(repository)));
}

}  // namespace

Result<std::int64_t> prune_kept_refs(const std::string& directory, const KeptRefs& keep,
                                     contracts::Timestamp now, const std::stop_token& stop) {
    std::int64_t count = 0;
    std::optional<contracts::Error> first;
    std::error_code error;
    fs::directory_iterator entry(directory, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
        if (stop.stop_requested()) break;
        const std::string repository = entry->path().string();
        if (!repository.ends_with(".git")) continue;
        std::vector<std::string> names;
        for (auto& [folder, refs] : kept_refs(repository))
            std::ranges::move(too_many(std::move(refs), keep, now), std::back_inserter(names));
        if (names.empty()) continue;
        Result<void> removed = remove_refs(repository, names);
        if (removed)
            count += static_cast<std::int64_t>(names.size());
        else if (!first)
            first = std::move(removed.error());
    }
    if (first) return fail(*std::move(first));
    return count;
}

}  // namespace control
