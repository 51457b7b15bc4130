#include "cli/options.h"

#include <catch2/catch_test_macros.hpp>

namespace cli {

namespace {

struct Everything {
    std::optional<std::string> id;
    std::optional<std::string> name;
    std::optional<std::string> spec;
    std::optional<std::string> file;
    std::optional<std::string> output;
    bool start = false;
    Options options;

    Everything() {
        options.argument("ID", id, "the id");
        options.required("--name", "NAME", name, "the name");
        options.text("--spec", "TEXT", spec, "the spec");
        options.text("--spec-file", "FILE", file, "the spec's file");
        options.exclusive("--spec", "--spec-file");
        options.flag("--start", start, "start it");
        options.text("-o,--output", "FORMAT", output, "the format");
    }

    contracts::Result<Parsed> parse(const std::vector<std::string>& arguments) {
        return options.parse(std::vector<std::string_view>(arguments.begin(), arguments.end()));
    }
};

}  // namespace

TEST_CASE("options and arguments are taken in any order and spelling") {
    Everything one;
    REQUIRE(one.parse({"--name", "a", "7", "--start", "-o", "table"}));
    CHECK(one.id == "7");
    CHECK(one.name == "a");
    CHECK(one.output == "table");
    CHECK(one.start);
    CHECK_FALSE(one.spec);
    Everything other;
    REQUIRE(other.parse({"--name=a", "--output=json", "--spec=", "7"}));
    CHECK(other.spec == "");
    CHECK(other.id == "7");
    CHECK_FALSE(other.start);
    Everything brief;
    REQUIRE(brief.parse({"-otable", "--name", "a", "--", "--start"}));
    CHECK(brief.output == "table");
    CHECK(brief.id == "--start");
    CHECK_FALSE(brief.start);
}

TEST_CASE("a value reaches the command byte for byte") {
    for (const std::string_view value :
         {"-x", "-",     "-1",  "--help",     "--start", "[a,b]", "[]",
          "{}", "%%",    "a,b", "\"quoted\"", "'x'",     "a=b",   "=",
          " ",  "Grüße", "#",   "true",       "--",      "\\n",   "[[1],[2]]"}) {
        Everything all;
        CAPTURE(value);
        REQUIRE(all.parse({"7", "--name", "n", "--spec", std::string(value)}));
        CHECK(all.spec == value);
        CHECK_FALSE(all.start);
        Everything joined;
        REQUIRE(joined.parse({"--spec=" + std::string(value), "7", "--name", "--spec=y"}));
        CHECK(joined.spec == value);
        CHECK(joined.name == "--spec=y");
    }
}

TEST_CASE("what does not fit is named") {
    const auto field = [](const std::vector<std::string>& arguments) {
        Everything all;
        const auto parsed = all.parse(arguments);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().kind == contracts::ErrorKind::invalid);
        CHECK_FALSE(parsed.error().message.empty());
        return parsed.error().field;
    };
    CHECK(field({"7"}) == "--name");
    CHECK(field({"--name", "a"}) == "ID");
    CHECK(field({"7", "--name"}) == "--name");
    CHECK(field({"7", "--name", "a", "--name", "b"}) == "--name");
    CHECK(field({"7", "--name", "a", "--spec-file"}) == "--spec-file");
    CHECK(field({"7", "--name", "a", "--bogus"}) == "--bogus");
    CHECK(field({"7", "--name", "a", "8"}) == "argument 2");
    CHECK(field({"7", "--name", "a", "--spec", "x", "--spec-file", "y"}) == "--spec-file");
    CHECK(field({"7", "--name", "a", "-o"}) == "--output");
    CHECK(field({"7", "--name", "a", "--start=maybe"}) == "--start");
}

TEST_CASE("help is asked for in any place and lists every option") {
    Everything all;
    CHECK(*all.parse({"--help"}) == Parsed::help);
    CHECK(*Everything().parse({"7", "-h"}) == Parsed::help);
    const std::string text = all.options.help("project create", "make a project",
                                              "project create --name x", "project.create");
    CHECK(text.ends_with(
        "example:\n  orchestrator project create --name x\n\npermission: project.create\n"));
    CHECK(text.starts_with("usage: orchestrator project create ID --name NAME [--spec TEXT]"));
    for (const Option& option : all.options.all())
        CHECK(text.find(option.help) != std::string::npos);
}

}  // namespace cli
