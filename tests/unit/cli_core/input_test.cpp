#include "cli/input.h"

#include "contracts/base/unique_fd.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <sys/mman.h>

namespace cli {

namespace {

contracts::UniqueFd standard_input(std::string_view text) {
    contracts::UniqueFd fd(::memfd_create("stdin", MFD_CLOEXEC));
    REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    REQUIRE(::lseek(fd.get(), 0, SEEK_SET) == 0);
    return fd;
}

}  // namespace

TEST_CASE("an identifier is what can stand in a path, a header and a key") {
    for (const std::string_view good :
         {"a", "7", "0192f0c4-1b5e-7c3e-8f7a-1b2c3d4e5f60", "A.b_c:d@e"})
        CHECK(check_identifier("id", good));
    CHECK(check_identifier("id", std::string(255, 'a')));
    for (const std::string_view bad :
         {"", ".", "..", "a b", "a/b", "a%2fb", "a?b", "a#b", "a\nb", "a\\b", "é", "a\x7f"}) {
        const auto checked = check_identifier("project_id", bad);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().kind == contracts::ErrorKind::invalid);
        CHECK(checked.error().field == "project_id");
    }
    CHECK_FALSE(check_identifier("id", std::string(256, 'a')));
}

TEST_CASE("text is UTF-8 without NUL, and the first byte that is not is named") {
    for (const std::string_view good : {"", "plain", "Grüße", "日本語", "😀", "\t\n"})
        CHECK(check_text("spec", good));
    using std::string_view_literals::operator""sv;
    for (const std::string_view bad :
         {"ab\0c"sv, "ab\xff"sv, "ab\xc3"sv, "ab\xc0\x80"sv, "ab\xe0\x80\x80"sv, "ab\xed\xa0\x80"sv,
          "ab\xf0\x80\x80\x80"sv, "ab\xf4\x90\x80\x80"sv, "ab\x80"sv, "ab\xe2\x82"sv}) {
        const auto checked = check_text("spec", bad);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().field == "spec");
        CHECK(checked.error().message.find("byte 2 ") != std::string::npos);
    }
}

TEST_CASE("a number is whole, alone and within its bounds") {
    CHECK(*parse_number("limit", "1", 1, 500) == 1);
    CHECK(*parse_number("limit", "500", 1, 500) == 500);
    for (const std::string_view bad :
         {"", "0", "501", "-1", "+5", " 5", "5 ", "5.0", "0x5", "five", "99999999999999999999"}) {
        const auto parsed = parse_number("limit", bad, 1, 500);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().field == "limit");
    }
}

TEST_CASE("a refused value is told by its shape, and never itself") {
    CHECK(parse_number("limit", "0", 1, 500).error().message ==
          "must be a whole number from 1 to 500, not a smaller number");
    CHECK(parse_number("limit", "99999999999999999999", 1, 500).error().message ==
          "must be a whole number from 1 to 500, not a larger number");
    CHECK(parse_number("limit", "12x", 1, 500).error().message ==
          "must be a whole number from 1 to 500, not text of 3 bytes");
    const std::string said = check_identifier("id", "hunter 2").error().message;
    CHECK(said.find("text of 8 bytes") != std::string::npos);
    CHECK(said.find("hunter") == std::string::npos);
}

TEST_CASE("a list names the place of an empty or doubled entry") {
    CHECK(*split_list("modules", "backend,frontend") ==
          std::vector<std::string>{"backend", "frontend"});
    CHECK(split_list("modules", "").error().field == "modules[0]");
    CHECK(split_list("modules", "a,").error().field == "modules[1]");
    CHECK(split_list("modules", "a,,b").error().field == "modules[1]");
    CHECK(split_list("modules", "a,b,a").error().field == "modules[2]");
}

TEST_CASE("a spec comes from a file or from standard input, to one byte below the limit's end") {
    const tests::TemporaryDirectory directory;
    const std::string whole(kMaxSpecBytes, 'x');
    CHECK(*read_spec_file(directory.write("spec", whole), -1) == whole);
    CHECK(*read_spec_file("-", standard_input("from a pipe").get()) == "from a pipe");
    CHECK(read_spec_file("-", standard_input("").get())->empty());

    const auto too_long = read_spec_file(directory.write("long", whole + 'x'), -1);
    REQUIRE_FALSE(too_long);
    CHECK(too_long.error().field == "spec");
    CHECK(too_long.error().kind == contracts::ErrorKind::invalid);
    for (const std::string& path : {directory / "absent", directory.text()}) {
        const auto missing = read_spec_file(path, -1);
        REQUIRE_FALSE(missing);
        CHECK(missing.error().kind == contracts::ErrorKind::invalid);
        CHECK(missing.error().message.find(path) != std::string::npos);
    }
}

}  // namespace cli
