#include "cli/output.h"

#include "cli/table.h"
#include "contracts/base/unique_fd.h"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>

namespace cli {

using contracts::Error;
using contracts::ErrorKind;
using contracts::Json;

TEST_CASE("a success is one line of JSON with data and message") {
    const Printed printed = print(Outcome{Json{{"id", "7"}}, "made"}, Style{Format::json});
    CHECK(printed.out == "{\"success\":true,\"data\":{\"id\":\"7\"},\"message\":\"made\"}\n");
    CHECK(printed.err.empty());
    Outcome page{Json::array(), "none"};
    page.next_cursor = "c";
    CHECK(print(page, Style{Format::json}).out.ends_with("\"next_cursor\":\"c\"}\n"));
}

TEST_CASE("a failure is one line of JSON that names field and next step") {
    Failure failure = failure_of({ErrorKind::invalid, "must not be empty", "name", "give one"});
    failure.request_id = "r";
    CHECK(print(failure, Style{Format::json}).out ==
          "{\"success\":false,\"error\":\"ValidationError\",\"message\":\"name: must not be "
          "empty\",\"details\":{\"field\":\"name\",\"next_step\":\"give one\",\"request_id\":\"r\"}"
          "}\n");
    const Printed words = print(failure, Style{Format::table});
    CHECK(words.out.empty());
    CHECK(words.err.starts_with("ValidationError: name: must not be empty\n  give one\n"));
}

TEST_CASE("text that is no UTF-8 cannot break the JSON") {
    const Printed printed = print(Outcome{Json{{"spec", "a\xff\nb"}}, ""}, Style{Format::json});
    const auto document = contracts::parse_json(printed.out);
    REQUIRE(document);
    CHECK((*document)["data"]["spec"] == "a\xef\xbf\xbd\nb");
}

TEST_CASE("every kind of error has its exit code") {
    CHECK(exit_code(ErrorKind::invalid) == 2);
    CHECK(exit_code(ErrorKind::not_found) == 3);
    CHECK(exit_code(ErrorKind::permission) == 4);
    CHECK(exit_code(ErrorKind::conflict) == 5);
    CHECK(exit_code(ErrorKind::transient) == 75);
    CHECK(exit_code(ErrorKind::upstream) == 75);
    CHECK(exit_code(ErrorKind::timed_out) == 124);
    CHECK(exit_code(ErrorKind::fatal) == 1);
    CHECK(usage_failure({ErrorKind::invalid, "x"}).exit_code == 2);
    CHECK(usage_failure({ErrorKind::invalid, "x"}).word == "UsageError");
}

TEST_CASE("an answer that cannot be written is no success") {
    const contracts::UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    REQUIRE(full.valid());
    CHECK_FALSE(write_all(full.get(), "x"));
}

TEST_CASE("a table aligns its columns by characters") {
    Outcome outcome{Json::array({Json{{"id", "1"}, {"name", "Grüße"}, {"modules", {"a", "b"}}},
                                 Json{{"id", "22"}, {"name", "x"}, {"hidden", 1}}}),
                    "2 found"};
    outcome.columns = {"id", "name", "modules"};
    CHECK(table(outcome) ==
          "ID  NAME   MODULES\n"
          "1   Grüße  a,b\n"
          "22  x      -\n"
          "2 found\n");
}

TEST_CASE("one thing is shown as its fields") {
    CHECK(table(Outcome{Json{{"id", "1"}, {"status", "draft"}, {"port", 80}}, "it is a draft"}) ==
          "id      1\nport    80\nstatus  draft\nit is a draft\n");
}

TEST_CASE("what is read to its end is not cut: one thing's fields, and a row's last cell") {
    const std::string text(100, 'x');
    CHECK(table(Outcome{Json{{"key", text}}, ""}) == "key  " + text + "\n");
    CHECK(table(Outcome{Json{{"project", {{"id", "p"}, {"url", text}}}, {"task", {{"id", "t"}}}},
                        "made"}) ==
          "project\n  id   p\n  url  " + text + "\ntask\n  id  t\nmade\n");
    Outcome rows{Json::array({{{"name", text}, {"next_step", text}}}), ""};
    rows.columns = {"name", "next_step"};
    CHECK(table(rows).ends_with(std::string(60, 'x') + "…  " + text + "\n"));
}

TEST_CASE("an agent's text cannot steer the terminal") {
    CHECK(for_terminal("a\x1b[2Jb\r\nc\x7f", 100) == "a [2Jb  c ");
    CHECK(for_terminal("x\xc2\x9b"
                       "31my",
                       100) == "x 31my");
    // A text can neither change the direction of later text nor begin a line of its own.
    CHECK(for_terminal("a\u202eb\u2066c\u200fd\u2028e", 100) == "a b c d e");
    CHECK(for_terminal("\u2019\u200d\u2060\u2713", 100) == "\u2019\u200d\u2060\u2713");
    CHECK(for_terminal("\xe2", 100) == "\xe2");
    CHECK(for_terminal("a\u061cb\u0627", 100) == "a b\u0627");
    CHECK(for_terminal("Grüße", 3) == "Grü…");
    CHECK(for_terminal("Grüße", 5) == "Grüße");
    for (int byte = 0; byte < 256; ++byte)
        for (const char c : for_terminal(std::string(1, static_cast<char>(byte)), 10))
            CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
}

TEST_CASE("quiet is ids alone, and a failure is not taken for one") {
    const Style quiet{Format::json, true};
    CHECK(print(Outcome{Json{{"id", "7"}}, "made"}, quiet).out == "7\n");
    CHECK(print(Outcome{Json::array({{{"id", "1"}}, {{"id", "2"}}}), ""}, quiet).out == "1\n2\n");
    const Json both{{"project", {{"id", "p"}}}, {"task", {{"id", "t"}}}};
    CHECK(print(Outcome{both, "made"}, quiet).out == "p\nt\n");
    CHECK(print(Outcome{Json{{"status", "ok"}}, "it answers"}, quiet).out.empty());
    Outcome names{Json::array({{{"name", "TOKEN"}}, {{"name", "KEY"}}}), "2 found"};
    names.columns = {"name"};
    CHECK(print(names, quiet).out == "TOKEN\nKEY\n");
    CHECK(print(names, quiet).err.empty());
    names.next_cursor = "5~k";
    CHECK(print(names, quiet).out == "TOKEN\nKEY\n");
    CHECK(print(names, quiet).err.find("--cursor 5~k") != std::string::npos);
    Outcome key{Json{{"id", "7"}, {"key", "k"}}, "made"};
    key.quiet = "k\n";
    CHECK(print(key, quiet).out == "k\n");
    const Printed failed = print(
        failure_of(contracts::Error{contracts::ErrorKind::not_found, "no such project"}), quiet);
    CHECK(failed.out.empty());
    CHECK(failed.err.starts_with("{\"success\":false"));
}

TEST_CASE("colours change nothing but what a terminal hides") {
    Outcome list{
        Json::array({{{"id", "1"}, {"status", "failed"}}, {{"id", "2"}, {"status", "active"}}}),
        "two"};
    list.columns = {"id", "status"};
    const std::string plain = table(list);
    std::string painted_text = table(list, Paint::colours);
    CHECK(painted_text.find("\x1b[31mfailed\x1b[0m") != std::string::npos);
    CHECK(painted_text.find("\x1b[32mactive\x1b[0m") != std::string::npos);
    for (std::size_t at; (at = painted_text.find('\x1b')) != std::string::npos;)
        painted_text.erase(at, painted_text.find('m', at) - at + 1);
    CHECK(painted_text == plain);
}

}  // namespace cli
