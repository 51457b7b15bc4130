#include "control/workers/disk_use.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

using control::add_disk_use;
using control::DiskUse;

namespace {

constexpr std::int64_t kMegabyte = 1 << 20;

void write(const std::string& path, std::size_t bytes) {
    std::ofstream(path) << std::string(bytes, 'x');
}

}  // namespace

TEST_CASE("a tree's files count once each, and what lies behind a link does not") {
    const tests::TemporaryDirectory place;
    const tests::TemporaryDirectory elsewhere;
    std::filesystem::create_directories(place / "a/b/c");
    write(place / "a/b/c/one", kMegabyte);
    write(elsewhere / "large", 8 * kMegabyte);
    std::filesystem::create_hard_link(place / "a/b/c/one", place / "again");
    std::filesystem::create_directory_symlink(elsewhere.path(), place / "link");
    std::filesystem::create_symlink(elsewhere / "large", place / "file");
    DiskUse use;
    REQUIRE(add_disk_use(place.path(), use));
    CHECK(use.files == 7);
    CHECK(use.bytes >= kMegabyte);
    CHECK(use.bytes < 2 * kMegabyte);
    CHECK_FALSE(use.too_many);

    DiskUse none;
    REQUIRE(add_disk_use(place / "absent", none));
    CHECK(none.files == 0);
    CHECK_FALSE(add_disk_use(place / "link", none));
}

TEST_CASE("a tree that is too deep to walk is too large") {
    const tests::TemporaryDirectory place;
    std::string path = place.path();
    for (int i = 0; i < control::kDeepest + 2; ++i) {
        path += "/d";
        std::filesystem::create_directory(path);
    }
    DiskUse use;
    REQUIRE(add_disk_use(place.path(), use));
    CHECK(use.too_many);
}
