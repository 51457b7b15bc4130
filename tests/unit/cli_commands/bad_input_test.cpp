// Every kind of wrong input: the exit code is right, the field is named, nothing is
// sent.
#include "tests/unit/cli_commands/terminal.h"

#include <catch2/catch_test_macros.hpp>

#include <random>

namespace cli {

namespace {

using Arguments = std::vector<std::string>;

struct Bad {
    Arguments arguments;
    std::string field;
    std::string error = "ValidationError";
    std::string input{};
};

class BadInputs {
public:
    std::vector<Bad> all;

    void generate() {
        identifiers();
        names();
        texts();
        secrets();
        tokens();
        modules();
        numbers();
        usage();
        mutations();
    }

private:
    static Arguments with(Arguments arguments, std::initializer_list<std::string> more) {
        arguments.insert(arguments.end(), more);
        return arguments;
    }

    void identifiers() {
        const std::vector<std::string> bad = {"",
                                              " ",
                                              "a b",
                                              "a/b",
                                              "../x",
                                              ".",
                                              "..",
                                              "a%2fb",
                                              "a?b",
                                              "a#b",
                                              "a\nb",
                                              "a\tb",
                                              "a\"b",
                                              "a\\b",
                                              "é",
                                              "a\x01",
                                              "a;b",
                                              "a&b",
                                              "a\r\nX: 1",
                                              "{}",
                                              "a,b",
                                              "\xff",
                                              "a'b",
                                              "<a>",
                                              std::string(256, 'a'),
                                              std::string(5000, 'b')};
        for (const std::string& id : bad) {
            if (!id.empty())
                for (const Arguments& command : {Arguments{"project", "get"},
                                                 {"project", "tasks"},
                                                 {"engineering", "status"},
                                                 {"engineering", "wait"},
                                                 {"engineering", "cancel"},
                                                 {"deploy", "status"},
                                                 {"deploy", "wait"},
                                                 {"token", "revoke"}})
                    all.push_back({with(command, {id}), "id"});
            all.push_back({{"project", "secret", "list", "--project", id}, "project_id"});
            all.push_back({{"project", "secret", "unset", "A", "--project", id}, "project_id"});
            all.push_back(
                {{"token", "create", "--name", "n", "--allow", "project.get", "--project", id},
                 "project_id"});
            all.push_back({{"token", "create", "--name", "n", "--worker", id}, "worker_id"});
            all.push_back({{"deploy", "start", "--project", id}, "project_id"});
            all.push_back({{"engineering", "start", "--project", id, "--spec", "x"}, "project_id"});
            all.push_back(
                {{"deploy", "start", "--project", "p1", "--request-id", id}, "request_id"});
        }
    }

    void names() {
        for (const std::string name :
             {"", "A", "Blog", "1blog", "-blog", "_blog", "blog!", "my blog", "bl\xc3\xb6g",
              "blog.", "blog/x", "blog\n", "\xff", "日本", "a\x01"})
            all.push_back({{"project", "create", "--name", name}, "name"});
        all.push_back({{"project", "create", "--name", std::string(64, 'a')}, "name"});
    }

    void secrets() {
        for (const std::string name :
             {"a", "1A", "A-B", "A.B", "A B", "\xc3\x84", "A/B", "A\n", "A=", "..", "\xff"})
            for (const char* verb : {"set", "unset"})
                all.push_back({{"project", "secret", verb, name, "--project", "p"},
                               "name",
                               "ValidationError",
                               "value"});
        const Arguments set = {"project", "secret", "set", "NAME", "--project", "p"};
        for (const std::string& value : {std::string(), std::string("\n"), std::string("\xff"),
                                         std::string("a\0b", 3), std::string((64U << 10) + 1, 'x')})
            all.push_back({set, "value", "ValidationError", value});
        all.push_back({with(set, {"--value-file", "/nonexistent"}), "value"});
    }

    void tokens() {
        for (const std::string list :
             {"A.b", "*.get", "a.b;c.d", "a.b.c", "project.*,project.*x", "\xff"})
            all.push_back({{"token", "create", "--name", "n", "--allow", list}, "allow"});
        for (const std::string list : {"", ",", ",a.b"})
            all.push_back({{"token", "create", "--name", "n", "--allow", list}, "allow[0]"});
        for (const std::string time : {"", "0", "-1", "1h", "1.5", "1e3", "316224001", " 1"})
            all.push_back(
                {{"token", "create", "--name", "n", "--allow", "project.get", "--expires-in", time},
                 "expires_in"});
        all.push_back({{"token", "create", "--name", "\xff", "--allow", "project.get"}, "name"});
        all.push_back({{"token", "create", "--name", "n"}, "allow"});
    }

    void texts() {
        for (const std::string text : {"\xff", "ok\xc3", "\xc0\x80", "\xed\xa0\x80", "a\xf5"}) {
            all.push_back(
                {{"project", "create", "--name", "a", "--description", text}, "description"});
            all.push_back({{"project", "create", "--name", "a", "--spec", text}, "spec"});
            all.push_back({{"engineering", "start", "--project", "p", "--spec", text}, "spec"});
            all.push_back({{"engineering", "start", "--project", "p", "--spec-file", "-"},
                           "spec",
                           "ValidationError",
                           text});
        }
        all.push_back({{"engineering", "start", "--project", "p", "--spec", ""}, "spec"});
        all.push_back({{"engineering", "start", "--project", "p", "--spec-file", "-"}, "spec"});
        all.push_back({{"engineering", "start", "--project", "p"}, "spec"});
        all.push_back(
            {{"engineering", "start", "--project", "p", "--spec-file", "/nonexistent"}, "spec"});
        all.push_back({{"engineering", "start", "--project", "p", "--spec-file", "/"}, "spec"});
        for (const std::size_t size : {(1U << 20) + 1, 3U << 20})
            all.push_back({{"engineering", "start", "--project", "p", "--spec-file", "-"},
                           "spec",
                           "ValidationError",
                           std::string(size, 'x')});
        all.push_back({{"engineering", "start", "--project", "p", "--spec-file", "-"},
                       "spec",
                       "ValidationError",
                       std::string("a\0b", 3)});
        all.push_back(
            {{"project", "create", "--name", "a", "--description", std::string(16'385, 'x')},
             "description"});
    }

    void modules() {
        const std::pair<std::string, std::string> bad[] = {
            {"", "modules[0]"},
            {"x", "modules[0]"},
            {"Backend", "modules[0]"},
            {"backend,", "modules[1]"},
            {",backend", "modules[0]"},
            {"backend,,frontend", "modules[1]"},
            {"backend, frontend", "modules[1]"},
            {"backend,backend", "modules[1]"},
            {"backend;frontend", "modules[0]"},
            {"[\"backend\"]", "modules[0]"},
            {"backend,\xff", "modules[1]"},
        };
        for (const auto& [list, field] : bad)
            all.push_back({{"project", "create", "--name", "a", "--modules", list}, field});
    }

    void numbers() {
        for (const std::string number : {"", "x", "1.5", "1e3", "0x10", " 1", "1 ", "+1", "--1",
                                         "99999999999999999999", "-1", "\xff"}) {
            for (const Arguments& command : {Arguments{"project", "list"},
                                             {"project", "tasks", "p"},
                                             {"infra", "servers"},
                                             {"infra", "incidents"}})
                all.push_back({with(command, {"--limit", number}), "limit"});
            all.push_back({{"engineering", "wait", "t", "--timeout", number}, "timeout"});
            all.push_back({{"deploy", "wait", "t", "--timeout", number}, "timeout"});
        }
        for (const std::string number : {"0", "501"})
            all.push_back({{"project", "list", "--limit", number}, "limit"});
        all.push_back({{"deploy", "wait", "t", "--timeout", "604801"}, "timeout"});
        all.push_back({{"project", "list", "--cursor", ""}, "cursor"});
        all.push_back({{"project", "list", "--cursor", std::string(513, 'c')}, "cursor"});
    }

    void usage() {
        const auto add = [&](Arguments arguments, std::string field) {
            all.push_back({std::move(arguments), std::move(field), "UsageError"});
        };
        add({}, "command");
        for (const std::string word : {"", "x", "Project", "projects", "\xff", "project.list"})
            add({word}, "command");
        for (const CommandEntry& entry : commands::all()) {
            if (entry.name.empty() || entry.name.find(' ') != std::string_view::npos) continue;
            const std::string group(entry.group);
            add({group}, "command");
            add({group, ""}, "command");
            add({group, std::string(entry.name) + "x"}, "command");
            add({group, "--limit", std::string(entry.name)}, "command");
            add({group, std::string(entry.name), "--bogus"}, "--bogus");
            add({group, std::string(entry.name), "--output"}, "--output");
        }
        for (const std::string format : {"", "xml", "JSON", "json,table", "\xff"})
            add({"project", "list", "--output", format}, "--output");
        add({"-x", "project", "list"}, "-x");
        add({"--bogus=1", "project", "list"}, "--bogus=1");
        add({"project", "get"}, "ID");
        add({"project", "get", "a", "b"}, "argument 2");
        add({"project", "create"}, "--name");
        add({"project", "create", "--name"}, "--name");
        add({"project", "create", "--name", "a", "--name", "b"}, "--name");
        add({"project", "create", "--name", "a", "b"}, "argument 1");
        add({"project", "list", "--request-id", "r"}, "--request-id");
        add({"engineering", "start", "--project", "p", "--spec", "a", "--spec-file", "b"},
            "--spec-file");
        add({"engineering", "start", "--spec", "a"}, "--project");
        add({"deploy", "start"}, "--project");
        add({"deploy", "start", "--project", "p", "--spec", "a"}, "--spec");
    }

    // Valid names and ids with one byte replaced by an invalid one.
    void mutations() {
        std::mt19937 random(20260110);
        constexpr std::string_view kNever = "/?#%&\"'\\<>|*! \n\r\t{}[]()^~`$;,=+";
        for (int i = 0; i < 300; ++i) {
            std::string name = "a-valid_name-7";
            name[random() % name.size()] = kNever[random() % kNever.size()];
            all.push_back({{"project", "create", "--name", name}, "name"});
            if (name.front() != '-') all.push_back({{"project", "get", name}, "id"});
        }
    }
};

}  // namespace

TEST_CASE("bad input has its exit code and names its field, and nothing is sent") {
    WorkerTerminal terminal(healthy(some_project(), some_task("engineering")));
    BadInputs inputs;
    inputs.generate();
    CHECK(inputs.all.size() >= 1000);
    for (const Bad& bad : inputs.all) {
        const Run run = terminal.run(bad.arguments, bad.input);
        CAPTURE(bad.arguments, run.out.substr(0, 500));
        REQUIRE(run.exit_code == 2);
        const contracts::Json told = run.json();
        CHECK(told["success"] == false);
        CHECK(told["error"] == bad.error);
        CHECK(told["details"].value("field", "") == bad.field);
        CHECK_FALSE(told["message"].get<std::string>().empty());
        CHECK(run.err.empty());
    }
    CHECK(terminal.peer.connections() == 0);
    CHECK(terminal.waiter.waits.empty());
}

}  // namespace cli
