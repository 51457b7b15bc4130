#include "contracts/base/id.h"
#include "control/subprocess/subprocess.h"
#include "control/templates/default_template.h"
#include "control/templates/templates.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Module;
using contracts::Result;
using contracts::system_error;

namespace {

constexpr std::size_t kShownOutput = 1500;
constexpr const char* kAnswersFile = ".copier-answers.yml";

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

bool is_remote(const std::string& source) {
    return source.find("://") != std::string::npos
               ? !source.starts_with("file://") && !source.starts_with("git+file://")
               : source.starts_with("gh:") || source.starts_with("gl:") ||
                     source.find('@') != std::string::npos;
}

// Copier recognises a directory as a repository only if it is a work tree or its name ends in .git;
// it would copy the files of any other bare repository as if they were the template.
std::string as_copier_reads_it(const std::string& source) {
    const bool bare = exists(source + "/HEAD") && exists(source + "/objects");
    return bare ? "git+file://" + source : source;
}

bool has_history(const std::string& source) {
    return !source.empty() && (is_remote(source) || source.starts_with("git+") ||
                               source.ends_with(".git") || exists(source + "/.git"));
}

// A template's name for one of our modules. The service template for Telegram bots calls its module
// tg_bot.
std::string_view name_in_template(Module module, bool own_template) {
    if (module == Module::telegram && !own_template) return "tg_bot";
    return contracts::kModuleNames[static_cast<std::size_t>(module)];
}

std::string joined_modules(const std::vector<Module>& modules, bool own_template) {
    std::string text;
    for (const Module module : modules) {
        if (!text.empty()) text += ',';
        text += name_in_template(module, own_template);
    }
    return text;
}

// The last line of a Python traceback is the error; the lines before it are in Copier's own files.
std::string last_words(const SubprocessEnd& end) {
    std::string text = end.error_output.empty() ? end.output : end.error_output;
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    if (const std::size_t line = text.rfind('\n');
        text.find("Traceback") != std::string::npos && line != std::string::npos)
        text.erase(0, line + 1);
    if (text.size() > kShownOutput) text.erase(0, text.size() - kShownOutput);
    return text;
}

class Copier final : public Templates {
public:
    explicit Copier(TemplateSettings settings) : settings_(std::move(settings)) {}
    Result<Rendering> render(const TemplateAnswers& answers) override;

private:
    [[nodiscard]] bool own_template() const { return settings_.source.empty(); }
    Result<Rendering> make_scratch() const;
    SubprocessSpec command(const Rendering& rendering, const TemplateAnswers& answers) const;
    Result<void> check(const Rendering& rendering, const TemplateAnswers& answers) const;

    TemplateSettings settings_;
};

// <scratch>/home and <scratch>/project belong to the user that runs Copier, who can only read the
// rest.
Result<Rendering> Copier::make_scratch() const {
    Rendering rendering(settings_.directory + "/rendering-" + contracts::random_hex(8),
                        settings_.uid);
    const std::string& scratch = rendering.scratch();
    for (const std::string& path : {scratch, scratch + "/home", rendering.project()})
        if (::mkdir(path.c_str(), 0755) != 0) return fail(system_error(errno, "create " + path));
    if (own_template()) {
        const std::string source = scratch + "/template";
        if (::mkdir(source.c_str(), 0755) != 0)
            return fail(system_error(errno, "create " + source));
        if (Result<void> written = write_default_template(source); !written) return written.fault();
    }
    // git refuses a template's repository that belongs to another user, which it does: we chose it,
    // not Copier's user.
    std::ofstream(scratch + "/home/.gitconfig") << "[safe]\n\tdirectory = *\n";
    if (::geteuid() != 0) return rendering;
    for (const std::string& path : {scratch + "/home", rendering.project()})
        if (::chown(path.c_str(), settings_.uid, settings_.uid) != 0)
            return fail(system_error(errno, "give " + path + " to the template's user"));
    return rendering;
}

SubprocessSpec Copier::command(const Rendering& rendering, const TemplateAnswers& answers) const {
    const std::string source =
        own_template() ? rendering.scratch() + "/template" : as_copier_reads_it(settings_.source);
    SubprocessSpec spec;
    if (::geteuid() == 0) {
        const std::string uid = std::to_string(settings_.uid);
        if (!is_remote(source)) spec.argv = {"unshare", "--net"};
        for (const std::string& word :
             {std::string("setpriv"), "--reuid=" + uid, "--regid=" + uid,
              std::string("--clear-groups"), std::string("--no-new-privs")})
            spec.argv.push_back(word);
    }
    for (const char* word :
         {settings_.copier.c_str(), "copy", "--defaults", "--quiet", "--overwrite"})
        spec.argv.emplace_back(word);
    if (has_history(source)) spec.argv.emplace_back("--vcs-ref=HEAD");
    const auto answer = [&spec](std::string_view name, const std::string& value) {
        spec.argv.emplace_back("--data");
        spec.argv.push_back(std::string(name) + '=' + value);
    };
    answer("project_name", answers.project_name);
    if (!answers.description.empty()) answer("project_description", answers.description);
    if (!answers.task.empty()) answer("task_description", answers.task);
    answer("modules", joined_modules(answers.modules, own_template()));
    spec.argv.push_back(source);
    spec.argv.push_back(rendering.project());
    spec.environment = {"HOME=" + rendering.scratch() + "/home", "GIT_TERMINAL_PROMPT=0",
                        "GIT_CONFIG_NOSYSTEM=1", "PYTHONDONTWRITEBYTECODE=1"};
    spec.directory = rendering.scratch();
    spec.deadline = settings_.deadline;
    return spec;
}

// Copier silently accepts modules that its template does not know: check that each has become a
// service.
Result<void> Copier::check(const Rendering& rendering, const TemplateAnswers& answers) const {
    if (!exists(rendering.project() + '/' + kAnswersFile))
        return fail(ErrorKind::invalid,
                    std::string("the template did not write ") + kAnswersFile +
                        ", so it is not a Copier template",
                    "SERVICE_TEMPLATE", "name a directory or repository with a copier.yml");
    for (const Module module : answers.modules) {
        const std::string_view name = name_in_template(module, own_template());
        if (!exists(rendering.project() + "/services/" + std::string(name)))
            return fail(ErrorKind::invalid, "the template has no module " + std::string(name),
                        "modules", "leave it out, or name another template in SERVICE_TEMPLATE");
    }
    return {};
}

Result<Rendering> Copier::render(const TemplateAnswers& answers) {
    if (Result<void> there = check_copier(settings_.copier); !there) return there.fault();
    Result<Rendering> rendering = make_scratch();
    if (!rendering) return rendering;
    Result<SubprocessEnd> end = run_subprocess(command(*rendering, answers));
    if (!end) return fail(std::move(end.error()).context("render the template"));
    if (!end->success())
        return fail(ErrorKind::invalid, "the template cannot be rendered: " + last_words(*end),
                    "SERVICE_TEMPLATE");
    if (Result<void> good = check(*rendering, answers); !good) return good.fault();
    return rendering;
}

}  // namespace

Rendering::~Rendering() {
    if (scratch_.empty()) return;
    (void)run_subprocess(
        SubprocessSpec{.argv = {"rm", "-rf", "--one-file-system", "--", scratch_}});
}

Result<void> check_copier(const std::string& program) {
    const char* path = std::getenv("PATH");
    const Result<std::string> found = find_program(program, path != nullptr ? path : "");
    if (found && ::access(found->c_str(), X_OK) == 0) return {};
    return fail(ErrorKind::fatal, "Copier is not installed: cannot find " + program, "COPIER",
                "install copier 9 from PyPI, or set COPIER to its program");
}

std::unique_ptr<Templates> make_copier(TemplateSettings settings) {
    return std::make_unique<Copier>(std::move(settings));
}

}  // namespace control
