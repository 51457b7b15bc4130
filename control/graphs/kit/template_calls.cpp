#include "control/graphs/kit/template_calls.h"

#include "contracts/base/unique_fd.h"
#include "control/project_file/project_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <fstream>

namespace control::graphs {

using contracts::ErrorKind;
using contracts::Json;
using contracts::Result;
using contracts::text_at;
using contracts::UniqueFd;

namespace {

constexpr std::size_t kMostFiles = 10'000;
constexpr const char* kAnswersFile = ".copier-answers.yml";
constexpr const char* kReadme = "README.md";  // the only file of a new repository

struct Content {
    std::string commit;
    std::vector<std::string> files;

    [[nodiscard]] bool has(std::string_view name) const {
        return std::ranges::find(files, name) != files.end();
    }
    [[nodiscard]] bool is_new() const { return files.size() == 1 && files.front() == kReadme; }
};

Result<Content> content_of(Forge& forge, const std::string& repository) {
    Result<BranchHead> head = forge.head(repository, std::string(kDefaultBranch));
    if (!head) return head.fault();
    Result<std::vector<std::string>> files = forge.list_files(repository, head->commit, kMostFiles);
    if (!files) return files.fault();
    return Content{std::move(head->commit), std::move(*files)};
}

Result<TemplateAnswers> answers_of(const Json& arguments) {
    TemplateAnswers answers{.project_name = std::string(text_at(arguments, "project_name")),
                            .description = std::string(text_at(arguments, "description")),
                            .task = std::string(text_at(arguments, "task"))};
    const auto modules = arguments.find("modules");
    if (modules != arguments.end() && modules->is_array())
        for (const Json& name : *modules) {
            const auto module = contracts::parse_choice<contracts::Module>(
                name.is_string() ? name.get_ref<const std::string&>() : std::string());
            if (!module)
                return fail(ErrorKind::invalid, "has a module that is not known", "modules");
            answers.modules.push_back(*module);
        }
    if (answers.modules.empty()) answers.modules.push_back(contracts::Module::backend);
    return answers;
}

// The service template has `setup` and `tests` instead of our `test`.
ProjectFile commands_of(const std::string& project) {
    std::ifstream makefile(project + "/Makefile");
    ProjectFile file{.test = "make test", .run = "make run"};
    for (std::string line; std::getline(makefile, line);) {
        if (line.starts_with("setup:")) file.setup = "make setup";
        if (line.starts_with("tests:")) file.test = "make tests";
    }
    return file;
}

// Other people's templates have no .project.yml.
Result<void> add_project_file(const std::string& project, const TemplateAnswers& answers) {
    const std::string path = project + '/' + std::string(kProjectFileName);
    const UniqueFd file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.valid()) {
        if (errno == EEXIST) return {};
        return fail(contracts::system_error(errno, "create " + path));
    }
    ProjectFile commands = commands_of(project);
    for (const contracts::Module module : answers.modules)
        commands.modules.emplace_back(contracts::to_text(module));
    const Result<std::string> text = write_project_file(commands);
    if (!text) return text.fault();
    if (::write(file.get(), text->data(), text->size()) != static_cast<ssize_t>(text->size()))
        return fail(contracts::system_error(errno, "write " + path));
    return {};
}

Result<Json> scaffold(Forge& forge, Templates& templates, const Json& arguments) {
    const std::string repository(text_at(arguments, "repository"));
    Result<TemplateAnswers> answers = answers_of(arguments);
    if (!answers) return answers.fault();
    if (Result<void> made = forge.ensure_repository(repository, answers->project_name); !made)
        return made.fault();
    Result<Content> content = content_of(forge, repository);
    if (!content) return content.fault();
    const auto done = [&](const Content& found) {
        return Json{{"commit", found.commit},
                    {"files", found.files.size()},
                    {"location", forge.location(repository)}};
    };
    if (content->has(kAnswersFile)) return done(*content);
    if (!content->is_new())
        return fail(ErrorKind::conflict,
                    "the repository has content that did not come from a template", "repository");
    Result<Rendering> rendering = templates.render(*answers);
    if (!rendering) return rendering.fault();
    if (Result<void> added = add_project_file(rendering->project(), *answers); !added)
        return added.fault();
    Result<std::string> commit = forge.commit_directory({.repository = repository,
                                                         .directory = rendering->project(),
                                                         .uid = rendering->uid(),
                                                         .parent = content->commit,
                                                         .message = "Scaffold the project"});
    // Another call has scaffolded it at the same time.
    if (!commit && commit.error().kind == ErrorKind::conflict)
        if (auto now = content_of(forge, repository); now && now->has(kAnswersFile))
            return done(*now);
    if (!commit) return commit.fault();
    auto files = forge.list_files(repository, *commit, kMostFiles);
    if (!files) return files.fault();
    return done({*std::move(commit), *std::move(files)});
}

}  // namespace

CallHandlers scaffold_calls(Forge& forge, Templates& templates) {
    return {{kScaffoldCall, [&forge, &templates](const Json& arguments) {
                 return scaffold(forge, templates, arguments);
             }}};
}

CallHandlers scaffold_call_names() {
    return {{kScaffoldCall, {}}};
}

}  // namespace control::graphs
