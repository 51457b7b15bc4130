// What ls-tree prints is read as it is, however strange the names are.
#include "control/forge/directory_list.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;

namespace {

const std::string kId(40, 'a');

std::string record(const std::string& mode, const std::string& size, const std::string& path) {
    return mode + " kind " + kId + ' ' + size + '\t' + path + '\0';
}

}  // namespace

TEST_CASE("every kind of entry is told apart, and its size is read") {
    const auto entries =
        parse_tree(record("100644", "      7", "a") + record("100755", "     12", "run") +
                       record("040000", "      -", "d") + record("120000", "      4", "l") +
                       record("160000", "      -", "other"),
                   0);
    REQUIRE(entries.size() == 5);
    CHECK(entries[0].kind == EntryKind::file);
    CHECK(entries[0].bytes == 7);
    CHECK(entries[1].bytes == 12);
    CHECK(entries[2].kind == EntryKind::directory);
    CHECK(entries[2].bytes == 0);
    CHECK(entries[3].kind == EntryKind::link);
    CHECK(entries[4].kind == EntryKind::repository);
}

TEST_CASE("names stay bytes: tabs, line ends, markup, what is not UTF-8") {
    const auto entries = parse_tree(
        record("100644", "1", "d/a\tb\nc") + record("100644", "1", "d/<script>\xff\xe2\x80\xae"),
        2);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].name == "a\tb\nc");
    CHECK(entries[1].name == "<script>\xff\xe2\x80\xae");
}

TEST_CASE("an entry that is cut off, or is not one, is left out") {
    const std::string whole = record("100644", "1", "a");
    CHECK(parse_tree(whole + whole.substr(0, whole.size() - 1), 0).size() == 1);
    CHECK(parse_tree(std::string("no tab\0", 7) + whole, 0).size() == 1);
    CHECK(parse_tree("", 0).empty());
    CHECK(parse_tree(record("100644", "99999999999999999999", "a"), 0).front().bytes == 0);
    CHECK(parse_tree(whole, 5).empty());
}
