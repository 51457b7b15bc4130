// Sealing and the key file.
#include "control/vault/vault.h"

#include "tests/support/temporary_directory.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <set>

namespace control {

using contracts::ErrorKind;
using contracts::Result;

namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct Place {
    tests::TemporaryDirectory directory;
    std::string key = directory / "secrets.key";

    Vault vault() const {
        Result<Vault> made = Vault::make_key(key);
        REQUIRE(made);
        return *std::move(made);
    }
    // The error of opening an existing key file.
    std::string refusal(ErrorKind kind = ErrorKind::fatal) const {
        const Result<Vault> opened = Vault::open_key(key);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().kind == kind);
        CHECK(opened.error().field == "SECRETS_KEY_FILE");
        CHECK_FALSE(opened.error().next_step.empty());
        CHECK(opened.error().message.find(key) != std::string::npos);
        return opened.error().describe();
    }
};

bool says(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("what was sealed opens again, byte for byte, and shows nothing") {
    const Place place;
    const Vault vault = place.vault();
    using std::string_literals::operator""s;
    for (const std::string& plain :
         {""s, "x"s, "a\0b"s, "\xff\xfe"s, "Grüße\n"s, std::string(64 << 10, 'v')}) {
        const std::string sealed = vault.seal(plain, "here");
        const Result<std::string> opened = vault.open(sealed, "here");
        REQUIRE(opened);
        CHECK(*opened == plain);
        CHECK(sealed.find_first_not_of(kBase64) == std::string::npos);
        if (plain.size() > 3) CHECK_FALSE(says(sealed, plain.substr(0, 4)));
    }
}

TEST_CASE("the same text is never sealed the same way twice") {
    const Place place;
    const Vault vault = place.vault();
    std::set<std::string> sealed;
    for (int i = 0; i < 200; ++i)
        sealed.insert(vault.seal("same", "here"));
    CHECK(sealed.size() == 200);
}

TEST_CASE("a sealed text that was changed anywhere does not open") {
    const Place place;
    const Vault vault = place.vault();
    const std::string sealed = vault.seal("canary-in-a-cage", "here");
    const auto refused = [&](const std::string& text) {
        const Result<std::string> opened = vault.open(text, "here");
        return !opened && opened.error().kind == ErrorKind::fatal &&
               !says(opened.error().describe(), "canary");
    };
    // Replaces each character by every other base64 character, and so changes every bit.
    for (std::size_t at = 0; at < sealed.size(); ++at)
        for (const char other : kBase64) {
            std::string changed = sealed;
            if (changed[at] == other) continue;
            changed[at] = other;
            REQUIRE(refused(changed));
        }
    for (std::size_t length = 0; length < sealed.size(); ++length)
        REQUIRE(refused(sealed.substr(0, length)));
    for (const char* more : {"A", "AA", "AAAA", " ", "=", "\n", "\xff"})
        CHECK(refused(sealed + more));
    CHECK(refused(std::string(sealed.size(), '!')));
}

TEST_CASE("a sealed text opens in its own place alone") {
    const Place place;
    const Vault vault = place.vault();
    const std::string sealed = vault.seal("v", "here");
    for (const std::string_view elsewhere : {"", "her", "there", "here ", "Here"})
        CHECK_FALSE(vault.open(sealed, elsewhere));
    CHECK(vault.open(sealed, "here"));
}

TEST_CASE("another key opens nothing") {
    const Place place;
    const Place other;
    const std::string sealed = place.vault().seal("v", "here");
    CHECK_FALSE(other.vault().open(sealed, "here"));
    CHECK(Vault::open_key(place.key)->open(sealed, "here"));
}

TEST_CASE("a key file is made once, private, and read from then on") {
    const Place place;
    CHECK(says(place.refusal(ErrorKind::not_found), "does not exist"));
    const std::string sealed = place.vault().seal("v", "here");
    struct stat made{};
    REQUIRE(::stat(place.key.c_str(), &made) == 0);
    CHECK((made.st_mode & 07777) == 0600);
    CHECK(made.st_size == 32);
    const std::string before = tests::read_file(place.key);
    CHECK(place.vault().open(sealed, "here"));  // not made again
    CHECK(tests::read_file(place.key) == before);
    CHECK(std::distance(std::filesystem::directory_iterator(place.directory.path()), {}) == 1);
}

TEST_CASE("what an interrupted start left aside does not become a key") {
    const Place place;
    place.directory.write("secrets.key.new", "half a ke", 0600);
    (void)place.vault();
    CHECK(tests::read_file(place.key).size() == 32);
    CHECK_FALSE(std::filesystem::exists(place.key + ".new"));
}

TEST_CASE("a key file that is none is refused with what to do") {
    const Place place;
    for (const std::size_t size : {0, 1, 31, 33, 64, 100'000}) {
        place.directory.write("secrets.key", std::string(size, 'k'), 0600);
        CHECK(says(place.refusal(), "does not have 32 bytes"));
    }
    place.directory.write("secrets.key", std::string(32, 'k'), 0600);
    for (const mode_t mode : {0640, 0604, 0644, 0660, 0666, 0620, 0601}) {
        REQUIRE(::chmod(place.key.c_str(), mode) == 0);
        CHECK(says(place.refusal(), "chmod 600 " + place.key));
    }
    REQUIRE(::chmod(place.key.c_str(), 0400) == 0);
    CHECK(Vault::open_key(place.key));
    REQUIRE(::unlink(place.key.c_str()) == 0);
    REQUIRE(::mkdir(place.key.c_str(), 0700) == 0);
    CHECK(says(place.refusal(), "not a regular file"));
    REQUIRE(::rmdir(place.key.c_str()) == 0);
    REQUIRE(::mkfifo(place.key.c_str(), 0600) == 0);
    CHECK(says(place.refusal(), "not a regular file"));
    if (::geteuid() == 0) {
        REQUIRE(::unlink(place.key.c_str()) == 0);
        place.directory.write("secrets.key", std::string(32, 'k'), 0600);
        REQUIRE(::chown(place.key.c_str(), 1, 1) == 0);
        CHECK(says(place.refusal(), "belongs to another user"));
    }
    CHECK_FALSE(Vault::make_key(place.directory / "missing/secrets.key"));
}

TEST_CASE("a wiped text is empty, and its bytes are zeros") {
    std::string text(100, 's');
    const char* bytes = text.data();
    wipe(text);
    CHECK(text.empty());
    for (int i = 0; i < 100; ++i)
        CHECK(bytes[i] == '\0');  // the memory is still allocated, so it can be read
}

}  // namespace control
