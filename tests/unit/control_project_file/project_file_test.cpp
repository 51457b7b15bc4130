#include "control/project_file/project_file.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using contracts::ErrorKind;
using contracts::Result;

ProjectFile read(std::string_view text) {
    Result<ProjectFile> file = read_project_file(text);
    INFO((file ? std::string() : file.error().describe()));
    REQUIRE(file);
    return *file;
}

std::string test_of(std::string_view text) {
    return read(text).test;
}

struct Refusal {
    std::string text{};
    std::string_view begins{};  // the message
};

void check_refused(const Refusal& refusal) {
    CAPTURE(refusal.text);
    const Result<ProjectFile> file = read_project_file(refusal.text);
    REQUIRE(!file);
    CHECK(file.error().kind == ErrorKind::invalid);
    CHECK(file.error().field == ".project.yml");
    CAPTURE(file.error().message);
    CHECK(file.error().message.starts_with(refusal.begins));
    CHECK_FALSE(file.error().next_step.empty());
}

}  // namespace

TEST_CASE("a whole file is read") {
    const ProjectFile file = read(
        "setup: npm ci\ntest: npm test\nrun: node server.js\nhealth: /healthz\n"
        "modules: [backend, frontend]\n");
    CHECK(file == ProjectFile{.setup = "npm ci",
                              .test = "npm test",
                              .run = "node server.js",
                              .health = "/healthz",
                              .modules = {"backend", "frontend"}});
}

TEST_CASE("what the file does not name has its default") {
    for (const std::string_view text :
         {"", "\n", "# nothing\n", "---\n", "~\n", "{}", "---\n...\n", "\xef\xbb\xbf", "name: x\n",
          "modules:\n", "modules: []\n"}) {
        CAPTURE(text);
        CHECK(read(text) == ProjectFile{});
    }
}

TEST_CASE("a command is what YAML says it is") {
    CHECK(test_of("test: ./check") == "./check");
    CHECK(test_of("test: make test # quick\n") == "make test");
    CHECK(test_of("test: # here it comes\n  make test\n") == "make test");
    CHECK(test_of("test: >-\n  make test\n") == "make test");
    CHECK(test_of("test: >\n  make test\n\n\n") == "make test");
    CHECK(test_of("test: >- # folded\n    make\n    test\nrun: x\n") == "make test");
    CHECK(test_of("test: |\n  make test\n") == "make test");
    CHECK(test_of("test: |+\n  make test\n\n") == "make test");
    CHECK(test_of("test: |2\n    make test\n") == "make test");
    CHECK(test_of("test: make\n  test\n") == "make test");
    CHECK(test_of("test:\n  make test\n") == "make test");
    CHECK(test_of("test: \"./check --all # really\"  # comment\n") == "./check --all # really");
    CHECK(test_of("test: 'it''s'\r\n") == "it's");
    CHECK(test_of("\"test\": make\r\nrun: x\r\n") == "make");
    CHECK(test_of("'test' : make\n") == "make");
    CHECK(test_of("? test\n: make\n") == "make");
    CHECK(test_of("{test: make check, run: x}") == "make check");
    CHECK(test_of("\xef\xbb\xbftest: make\n") == "make");
    CHECK(test_of("%YAML 1.1\n---\ntest: make\n...\n") == "make");
    CHECK(test_of("test: !!str make\n") == "make");
    CHECK(test_of("test: \"a\\tb\"\n") == "a\tb");
    CHECK(test_of("test: true\n") == "true");
    CHECK(test_of("test: \"null\"\n") == "null");
    CHECK(test_of("test: echo http://x/#y a#b\n") == "echo http://x/#y a#b");
    CHECK(test_of("test: >-\n  echo a#b\n  c\\d\n") == "echo a#b c\\d");
    CHECK(test_of("test: >-\n  make test # quick\n") == "make test # quick");
    CHECK(test_of("test: caf\xc3\xa9\n") == "caf\xc3\xa9");
}

TEST_CASE("keys that are not ours are ignored, whatever they hold") {
    CHECK(test_of("stages: {test: inner, list: [a, {test: b}]}\ntest: outer\n") == "outer");
    CHECK(test_of("nested:\n  test: inner\n").empty());
    CHECK(test_of("tests: many\nTest: big\n").empty());
    CHECK(test_of("text: |\n  test: inside\ntest: outer\n") == "outer");
    CHECK(test_of("a:\n- b\n- c: {}\ntest: outer\n") == "outer");
}

TEST_CASE("what is not a plain command is refused with its place") {
    for (const Refusal& refusal : {
             Refusal{"test:\n", "line 1, column 6: `test` is empty"},
             Refusal{"test: ''\n", "line 1, column 7: `test` is empty"},
             Refusal{"test: \"  \"\n", "line 1, column 7: `test` is empty"},
             Refusal{"test: ~\n", "line 1, column 7: `test` is empty"},
             Refusal{"test: null\n", "line 1, column 7: `test` is empty"},
             Refusal{"test: >-\n", "line 1, column 7: `test` is empty"},
             Refusal{"test: |\n\nrun: x\n", "line 1, column 7: `test` is empty"},
             Refusal{"test: # make\nrun: x\n", "line 1, column 6: `test` is empty"},
             Refusal{"a: b\ntest: [make, test]\n", "line 2, column 7: `test` must be one command"},
             Refusal{"test:\n  - make\n", "line 2, column 3: `test` must be one command"},
             Refusal{"test: {cmd: make}\n", "line 1, column 7: `test` must be one command"},
             Refusal{"test:\n  cmd: make\n", "line 2, column 3: `test` must be one command"},
             Refusal{"test: |\n  make a\n  make b\n", "line 1, column 7: `test` has several lines"},
             Refusal{"test: >\n  a\n\n  b\n", "line 1, column 7: `test` has several lines"},
             Refusal{"test: >\n  a\n    b\n", "line 1, column 7: `test` has several lines"},
             Refusal{"test: \"a\\nb\"\n", "line 1, column 7: `test` has several lines"},
             Refusal{"test: \"a\\rb\"\n", "line 1, column 7: `test` has several lines"},
             Refusal{"test: \"a\\0b\"\n", "line 1, column 7: `test` has a control character"},
             Refusal{"test: \"a\\eb\"\n", "line 1, column 7: `test` has a control character"},
             Refusal{"test: !!int 5\n",
                     "line 1, column 7: `test` must be one command and has a tag"},
             Refusal{"test: !!binary bWFrZQ==\n", "line 1, column 7: `test` must be one command"},
             Refusal{"run: [x]\n", "line 1, column 6: `run` must be one command"},
             Refusal{"setup: {}\n", "line 1, column 8: `setup` must be one command"},
         })
        check_refused(refusal);
}

TEST_CASE("a command that would run nothing, or something else, is refused") {
    for (const Refusal& refusal : {
             Refusal{"test: >-\n  # all of them\n  make test\n",
                     "line 1, column 7: `test` is a comm"},
             Refusal{"test: '# make test'\n", "line 1, column 7: `test` is a comment"},
             Refusal{"test: '>-'\n", "line 1, column 7: `test` begins with a redirection"},
             Refusal{"test: '> make'\n", "line 1, column 7: `test` begins with a redirection"},
             Refusal{"test: >-\n  make lint # fast\n  make test\n",
                     "line 1, column 7: `test` has a com"},
             Refusal{"test: \"make lint # fast\n  make test\"\n",
                     "line 1, column 7: `test` has a com"},
             Refusal{"test: >-\n  go test \\\n  ./...\n",
                     "line 1, column 7: `test` has a comment or a b"},
             Refusal{"test: go test \\\n  ./...\n",
                     "line 1, column 7: `test` has a comment or a b"},
         })
        check_refused(refusal);
}

TEST_CASE("what is not YAML, or more than one map of it, is refused with its place") {
    for (const Refusal& refusal : {
             Refusal{"test: \"never closed\nrun: x\n", "line 3, column 1: found unexpected end"},
             Refusal{"test: 'never closed", "line 1, column 20: found unexpected end"},
             Refusal{"test: make\n\trun: x\n", "line 2, column 1: "},
             Refusal{"\ttest: make\n", "line 1, column 1: "},
             Refusal{"test: make: test\n", "line 1, column 11: "},
             Refusal{"test: - make\n", "line 1, column 7: "},
             Refusal{"test: `make`\n", "line 1, column 7: "},
             Refusal{"test: make\nx: caf\xe9\n", "line 2, column 7: "},
             Refusal{"x: \xc3\xa9\xff\n", "line 1, column 5: "},
             Refusal{std::string("\xff\xfet\0e\0", 6), "line 1, column 1: "},
             Refusal{std::string("test: make\0\n", 12), "line 1, column 11: "},
             Refusal{std::string("test: make\n# x\0\n", 16), "line 2, column 4: "},
             Refusal{"test: a\x1b\n", "line 1, column 8: "},
             Refusal{"make test\n", "line 1, column 1: must be a map"},
             Refusal{"- test: make\n", "line 1, column 1: must be a map"},
             Refusal{"test: a\nrun: x\ntest: b\n",
                     "line 3, column 1: the key `test` appears twice"},
             Refusal{"\"test\": a\ntest: b\n", "line 2, column 1: the key `test` appears twice"},
             Refusal{"x: {a: 1, a: 2}\n", "line 1, column 11: the key `a` appears twice"},
             Refusal{"test: a\n---\ntest: b\n", "line 2, column 1: a second document"},
             Refusal{"---\n---\ntest: b\n", "line 2, column 1: a second document"},
             Refusal{"test: a\n...\ntest: b\n", "line 3, column 1: "},
             Refusal{"a: &x make\ntest: *x\n", "line 1, column 4: has the anchor `x`"},
             Refusal{"test: *x\n", "line 1, column 7: refers to `x`"},
             Refusal{"<<: {test: make}\n", "line 1, column 1: merge keys"},
             Refusal{"? [a]\n: b\n", "line 1, column 3: a key must be a name"},
             Refusal{"? {a: b}\n: c\n", "line 1, column 3: a key must be a name"},
         })
        check_refused(refusal);
}

TEST_CASE("packages are toolchains, and packages of Debian") {
    CHECK(read("packages: [python, apt:libpq-dev, apt:g++]\n").packages ==
          std::vector<std::string>{"python", "apt:libpq-dev", "apt:g++"});
    CHECK(read("packages:\n").packages.empty());
    std::string many = "packages:\n";
    for (int i = 0; i < 33; ++i)
        many += "- apt:a" + std::to_string(i) + "\n";
    for (const Refusal& refusal :
         {Refusal{"packages: python\n", "line 1, column 11: `packages` must be a list"},
          Refusal{"packages: [Python]\n", "line 1, column 12: `packages` must list toolchains"},
          Refusal{"packages: ['apt:a;id']\n", "line 1, column 12: `packages` must list toolchains"},
          Refusal{"packages: [apt:-o]\n", "line 1, column 12: `packages` must list toolchains"},
          Refusal{"packages: [apt: x]\n", "line 1, column 12: `packages` must list toolchains"},
          Refusal{"packages: [go, go]\n", "line 1, column 16: `packages` names go twice"},
          Refusal{many, "line 34, column 3: `packages` has more than 32 entries"}})
        check_refused(refusal);
}

TEST_CASE("services are those that there are") {
    CHECK(read("services: [redis, postgres]\n").services ==
          std::vector<std::string>{"redis", "postgres"});
    for (const Refusal& refusal :
         {Refusal{"services: [mysql]\n",
                  "line 1, column 12: `services` must list postgres or redis"},
          Refusal{"services: [redis, redis]\n", "line 1, column 19: `services` names redis twice"},
          Refusal{"services: redis\n", "line 1, column 11: `services` must be a list"}})
        check_refused(refusal);
}

TEST_CASE("health is a path and modules are names") {
    CHECK(read("health: /a/b?c=d#e\n").health == "/a/b?c=d#e");
    CHECK(read("modules:\n- web\n- tg_bot\n").modules == std::vector<std::string>{"web", "tg_bot"});
    for (const Refusal& refusal : {
             Refusal{"health: healthz\n", "line 1, column 9: `health` must be a path"},
             Refusal{"health: /a b\n", "line 1, column 9: `health` must be a path"},
             Refusal{"health: http://x/\n", "line 1, column 9: `health` must be a path"},
             Refusal{"health: [/]\n", "line 1, column 9: `health` must be a path"},
             Refusal{"health:\n", "line 1, column 8: `health` is empty"},
             Refusal{"modules: web\n", "line 1, column 10: `modules` must be a list"},
             Refusal{"modules: {web: 1}\n", "line 1, column 10: `modules` must be a list"},
             Refusal{"modules: [web, [x]]\n", "line 1, column 16: `modules` must list names"},
             Refusal{"modules: [../x]\n", "line 1, column 11: `modules` must list names"},
             Refusal{"modules: ['']\n", "line 1, column 11: `modules` must list names"},
             Refusal{"modules: [a, a]\n", "line 1, column 14: `modules` names a twice"},
         })
        check_refused(refusal);
}

TEST_CASE("size and depth are bounded") {
    const std::string most = "test: make\n#" + std::string(kMaxProjectFile - 12, 'x');
    CHECK(test_of(most) == "make");
    const Result<ProjectFile> larger = read_project_file(most + 'x');
    REQUIRE(!larger);
    CHECK(larger.error().kind == ErrorKind::invalid);
    CHECK(larger.error().describe().find("64 KiB") != std::string::npos);
    check_refused({"x: " + std::string(60'000, '['), "line 1, column 35: is nested too deeply"});
    std::string deep = "x: ";
    for (int i = 0; i < 1000; ++i)
        deep += "- ";
    check_refused({deep, "line 1, column 4: "});
}

TEST_CASE("what is written reads back") {
    const ProjectFile whole{.setup = "pip install -e '.[dev]'",
                            .test = "echo \"# \\n\" & make: test",
                            .run = "! \t{x} > out",
                            .health = "/'h'",
                            .modules = {"backend", "null"},
                            .packages = {"python", "apt:libstdc++6"},
                            .services = {"redis"}};
    for (const ProjectFile& file : {whole, ProjectFile{}, ProjectFile{.test = "null"}}) {
        const Result<std::string> text = write_project_file(file);
        REQUIRE(text);
        CAPTURE(*text);
        CHECK(read(*text) == file);
    }
    CHECK_FALSE(write_project_file({.test = "a\nb"}));
    CHECK_FALSE(write_project_file({.test = " a"}));
    CHECK_FALSE(write_project_file({.test = "# a"}));
    CHECK_FALSE(write_project_file({.test = "\xff"}));
    CHECK_FALSE(write_project_file({.health = "x"}));
    CHECK_FALSE(write_project_file({.modules = {"A"}}));
}

}  // namespace control
