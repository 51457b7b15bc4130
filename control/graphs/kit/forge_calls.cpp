#include "control/graphs/kit/forge_calls.h"

#include "control/project_file/project_file.h"

namespace control::graphs {

using contracts::Json;
using contracts::text_at;

namespace {

// A repository that the project brought along is not ours, even if our directory has moved.
bool is_ours(const std::string& repository, const std::string& location) {
    return location.empty() || location.ends_with('/' + repository + ".git");
}

// The result for an error that only means waiting: checks that run, or a limit of requests.
std::optional<Json> waiting(const contracts::Error& error) {
    using contracts::ErrorCode;
    if (error.code == ErrorCode::checks_running || error.code == ErrorCode::request_limit)
        return Json{{"waiting", error.describe()}};
    return std::nullopt;
}

// The branch's project file, so that its first developer gets the toolchains and services in it. A
// missing or invalid file counts as empty: the developer's turn reports it.
ProjectFile file_of_branch(Forge& forge, const std::string& repository, const std::string& branch) {
    const Result<BranchHead> head = forge.head(repository, branch);
    if (!head || head->commit.empty()) return {};
    const Result<std::string> content =
        forge.read_file(repository, head->commit, std::string(kProjectFileName), kMaxProjectFile);
    if (!content) return {};
    Result<ProjectFile> file = read_project_file(*content);
    return file ? *std::move(file) : ProjectFile{};
}

Result<Json> prepare(Forge& forge, const Json& arguments) {
    const std::string repository = text_at(arguments, "repository");
    const std::string location = text_at(arguments, "location");
    if (Result<void> made = is_ours(repository, location)
                                ? forge.ensure_repository(repository, repository)
                                : forge.adopt_repository(repository, location);
        !made) {
        if (std::optional<Json> later = waiting(made.error())) return *std::move(later);
        return made.fault();
    }
    const std::string branch = text_at(arguments, "branch");
    if (Result<void> made = forge.ensure_branch(repository, branch); !made) return made.fault();
    Result<std::string> merged = forge.merged_head(repository, branch);
    if (!merged) return merged.fault();
    ProjectFile file = file_of_branch(forge, repository, branch);
    return Json{{"location", forge.location(repository)},
                {"merged", *std::move(merged)},
                {"packages", std::move(file.packages)},
                {"services", std::move(file.services)}};
}

// Other words, such as "HEAD" or "none", do not name a commit.
bool is_commit_id(const std::string& text) {
    return text.size() >= 4 && text.size() <= 64 &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

Result<Json> inspect_branch(Forge& forge, const Json& arguments) {
    const std::string repository = text_at(arguments, "repository");
    const std::string branch = text_at(arguments, "branch");
    Result<BranchHead> head = forge.head(repository, branch);
    if (!head) return head.fault();
    Result<std::string> merged = forge.merged_head(repository, branch);
    if (!merged) return merged.fault();
    Json value{{"commit", head->commit},
               {"commits", head->commits},
               {"files", std::move(head->files_changed)},
               {"links", std::move(head->links)},
               {"merged", *std::move(merged)}};
    if (const std::string reported = text_at(arguments, "reported"); is_commit_id(reported)) {
        Result<bool> on_branch = forge.contains(repository, branch, reported);
        if (!on_branch) return on_branch.fault();
        value["on_branch"] = *on_branch;
    }
    return value;
}

Result<Json> set_aside(Forge& forge, const Json& arguments) {
    Result<std::string> kept = forge.set_aside(
        text_at(arguments, "repository"), text_at(arguments, "branch"), text_at(arguments, "good"));
    if (!kept) return kept.fault();
    return Json{{"kept", *std::move(kept)}};
}

Result<Json> read_file(Forge& forge, const Json& arguments) {
    const std::string path = text_at(arguments, "path");
    Result<std::string> content = forge.read_file(
        text_at(arguments, "repository"), text_at(arguments, "commit"), path, kMaxProjectFile);
    if (!content) return content.fault();
    // Checked here, where its bytes are, because an event's body can only hold UTF-8.
    if (path == kProjectFileName)
        if (Result<ProjectFile> file = read_project_file(*content); !file) return file.fault();
    return Json{{"content", std::move(*content)}};
}

Result<Json> advance_default_branch(Forge& forge, const Json& arguments) {
    Result<void> advanced =
        forge.advance_default_branch(text_at(arguments, "repository"), text_at(arguments, "branch"),
                                     text_at(arguments, "commit"));
    if (!advanced) {
        if (std::optional<Json> later = waiting(advanced.error())) return *std::move(later);
        return advanced.fault();
    }
    return Json::object();
}

}  // namespace

CallHandlers forge_calls(Forge& forge) {
    const auto bound = [&forge](Result<Json> (*call)(Forge&, const Json&)) {
        return [&forge, call](const Json& arguments) {
            return call(forge, arguments);
        };
    };
    return {{"forge.prepare", bound(prepare)},
            {"forge.inspect_branch", bound(inspect_branch)},
            {"forge.set_aside", bound(set_aside)},
            {"forge.read_file", bound(read_file)},
            {"forge.advance_default_branch", bound(advance_default_branch)}};
}

}  // namespace control::graphs
