// The real Copier, with our own template and with others.
#include "control/subprocess/subprocess.h"
#include "control/templates/templates.h"
#include "tests/support/temporary_directory.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>

using namespace control;
using Catch::Matchers::ContainsSubstring;
using contracts::ErrorKind;
using contracts::Module;

namespace {

SubprocessEnd shell(const std::string& directory, const std::string& script) {
    SubprocessSpec spec{.argv = {"/bin/sh", "-ec", script}};
    spec.directory = directory;
    const auto end = run_subprocess(spec);
    REQUIRE(end.has_value());
    return *end;
}

// A directory that Copier's user may enter, and Copier as ci/python-packages installed it.
struct Rig {
    tests::TemporaryDirectory root;
    TemplateSettings settings;

    Rig() {
        ::chmod(root.text().c_str(), 0755);
        settings.copier = ORCH_SOURCE_DIR "/build/tools/copier/bin/copier";
        settings.directory = root / "renderings";
        ::mkdir(settings.directory.c_str(), 0711);
    }
    [[nodiscard]] auto render(std::vector<Module> modules) const {
        return make_copier(settings)->render({.project_name = "my-shop",
                                              .description = "Sells \"things\"; cheap: #1 & more",
                                              .task = "A page.",
                                              .modules = std::move(modules)});
    }
    [[nodiscard]] bool nothing_left() const {
        return std::filesystem::is_empty(settings.directory);
    }
};

// A template by somebody else, as a repository.
std::string repository(const Rig& rig, const std::string& name, const std::string& script) {
    const std::string path = rig.root / name;
    ::mkdir(path.c_str(), 0755);
    const SubprocessEnd end =
        shell(path, "git init -q -b main . && " + script +
                        " && git add -A && git -c user.name=a -c user.email=a@b commit -qm one");
    INFO(end.error_output);
    REQUIRE(end.success());
    return path;
}

constexpr const char* kAnswers =
    "printf '{{ _copier_answers|to_nice_yaml }}' > '{{ _copier_conf.answers_file }}.jinja'";

}  // namespace

TEST_CASE("our own template becomes a project whose tests pass") {
    const Rig rig;
    const std::vector<Module> modules = GENERATE(
        std::vector{Module::backend}, std::vector{Module::telegram}, std::vector{Module::frontend},
        std::vector{Module::backend, Module::telegram, Module::frontend});
    {
        const auto rendering = rig.render(modules);
        INFO((rendering ? "" : rendering.error().describe()));
        REQUIRE(rendering.has_value());
        const std::string project = rendering->project();
        for (const char* file : {".project.yml", ".env.example", "AGENTS.md", "Makefile", "main.py",
                                 ".github/workflows/ci.yml", ".github/workflows/deploy.yml"})
            CHECK(std::filesystem::exists(project + '/' + file));
        CHECK_THAT(tests::read_file(project + "/AGENTS.md"),
                   ContainsSubstring("Sells \"things\"; cheap: #1 & more"));
        const SubprocessEnd end = shell(project, "make -s test");
        INFO(end.error_output);
        CHECK(end.success());
        struct stat owner{};
        REQUIRE(::stat((project + "/Makefile").c_str(), &owner) == 0);
        CHECK(owner.st_uid == (::geteuid() == 0 ? rig.settings.uid : ::geteuid()));
    }
    CHECK(rig.nothing_left());
}

TEST_CASE(
    "the newest commit of another template is used, bare or not, and telegram is its tg_bot") {
    Rig rig;
    const std::string source = repository(
        rig, "theirs",
        std::string(
            "printf '_subdirectory: template\\nproject_name: {type: str}\\nmodules: {type: str}\\n'"
            " > copier.yml && mkdir -p template/services/tg_bot && cd template && "
            "echo old > services/tg_bot/bot && ") +
            kAnswers + " && cd ..");
    REQUIRE(shell(source,
                  "git tag v1 && echo new > template/services/tg_bot/bot && "
                  "git -c user.name=a -c user.email=a@b commit -qam two && "
                  "git clone -q --bare . ../bare")
                .success());
    const std::string place = GENERATE("theirs", "bare");
    rig.settings.source = rig.root / place;
    const auto rendering = rig.render({Module::telegram});
    INFO((rendering ? "" : rendering.error().describe()));
    REQUIRE(rendering.has_value());
    CHECK(tests::read_file(rendering->project() + "/services/tg_bot/bot") == "new\n");
}

TEST_CASE("a template that does not serve is refused in its own words and leaves nothing") {
    Rig rig;
    SECTION("a module that it does not have") {
        rig.settings.source = repository(
            rig, "theirs",
            std::string(
                "printf 'project_name: {type: str}\\nmodules: {type: str}\\n' > copier.yml && ") +
                kAnswers);
        const auto refused = rig.render({Module::backend});
        REQUIRE(!refused.has_value());
        CHECK(refused.error().kind == ErrorKind::invalid);
        CHECK(refused.error().field == "modules");
        CHECK_THAT(refused.error().message, ContainsSubstring("no module backend"));
    }
    SECTION("a question that nobody answers") {
        rig.settings.source =
            repository(rig, "theirs", "printf 'colour: {type: str}\\n' > copier.yml");
        const auto refused = rig.render({Module::backend});
        REQUIRE(!refused.has_value());
        CHECK(refused.error().kind == ErrorKind::invalid);
        CHECK_THAT(refused.error().message, ContainsSubstring("colour"));
    }
    SECTION("a template that wants to run commands") {
        rig.settings.source =
            repository(rig, "theirs", "printf '_tasks: [\"touch /tmp/ran\"]\\n' > copier.yml");
        const auto refused = rig.render({Module::backend});
        REQUIRE(!refused.has_value());
        CHECK(refused.error().kind == ErrorKind::invalid);
    }
    SECTION("a directory that is not a template") {
        rig.settings.source = repository(rig, "theirs", "echo hello > README.md");
        const auto refused = rig.render({Module::backend});
        REQUIRE(!refused.has_value());
        CHECK(refused.error().field == "SERVICE_TEMPLATE");
    }
    SECTION("a directory that is not there") {
        rig.settings.source = rig.root / "nowhere";
        const auto refused = rig.render({Module::backend});
        REQUIRE(!refused.has_value());
        CHECK(refused.error().kind == ErrorKind::invalid);
    }
    CHECK(rig.nothing_left());
}

TEST_CASE("without Copier the error says what to install") {
    Rig rig;
    rig.settings.copier = rig.root / "copier";
    const auto refused = rig.render({Module::backend});
    REQUIRE(!refused.has_value());
    CHECK(refused.error().kind == ErrorKind::fatal);
    CHECK(refused.error().field == "COPIER");
}
