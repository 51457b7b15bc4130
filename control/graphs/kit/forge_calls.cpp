#include "control/graphs/kit/forge_calls.h"

namespace control::graphs {

using contracts::Json;

namespace {

constexpr std::size_t kMaxProjectFile = 64 << 10;

std::string argument(const Json& arguments, const char* name) {
    const auto found = arguments.find(name);
    return found != arguments.end() && found->is_string() ? found->get<std::string>()
                                                          : std::string();
}

Result<Json> prepare(Forge& forge, const Json& arguments) {
    const std::string repository = argument(arguments, "repository");
    if (Result<void> made = forge.ensure_repository(repository, repository); !made)
        return fail(std::move(made.error()));
    if (Result<void> made = forge.ensure_branch(repository, argument(arguments, "branch")); !made)
        return fail(std::move(made.error()));
    return Json{{"location", forge.location(repository)}};
}

Result<Json> inspect_branch(Forge& forge, const Json& arguments) {
    Result<BranchHead> head =
        forge.head(argument(arguments, "repository"), argument(arguments, "branch"));
    if (!head) return fail(std::move(head.error()));
    return Json{{"commit", head->commit},
                {"commits", head->commits},
                {"files", std::move(head->files_changed)}};
}

Result<Json> read_file(Forge& forge, const Json& arguments) {
    Result<std::string> content =
        forge.read_file(argument(arguments, "repository"), argument(arguments, "commit"),
                        argument(arguments, "path"), kMaxProjectFile);
    if (!content) return fail(std::move(content.error()));
    return Json{{"content", std::move(*content)}};
}

Result<Json> advance_default_branch(Forge& forge, const Json& arguments) {
    Result<void> advanced = forge.advance_default_branch(argument(arguments, "repository"),
                                                         argument(arguments, "commit"));
    if (!advanced) return fail(std::move(advanced.error()));
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
            {"forge.read_file", bound(read_file)},
            {"forge.advance_default_branch", bound(advance_default_branch)}};
}

}  // namespace control::graphs
