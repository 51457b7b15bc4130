#include "contracts/base/result.h"

#include "contracts/base/backoff.h"
#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <set>

using namespace contracts;
using std::chrono::milliseconds;

TEST_CASE("an error tells its field, what was wrong and what to do next") {
    const Error error{ErrorKind::invalid, "must not be empty", "config.name", "give it a name"};
    CHECK(error.describe() == "config.name: must not be empty; give it a name");
    CHECK(error.context("create worker").describe() ==
          "config.name: create worker: must not be empty; give it a name");
    CHECK(Error{ErrorKind::fatal, "broken"}.describe() == "broken");
}

TEST_CASE("the cause of an error outlives the words put before it, and a fault passes it on") {
    const Result<int> failed =
        fail({.kind = ErrorKind::conflict, .message = "m", .code = ErrorCode::not_unique});
    const Result<std::string> passed = failed.fault();
    CHECK(passed.error().code == ErrorCode::not_unique);
    CHECK(passed.error().context("insert").code == ErrorCode::not_unique);
    CHECK(passed.error().message == "m");
    Result<int> kept = fail(ErrorKind::conflict, "m");
    const Result<void> copied = kept.fault();
    CHECK(copied.error().message == kept.error().message);
    CHECK(Error{ErrorKind::conflict, "m"}.code == ErrorCode::none);
}

TEST_CASE("an errno is translated once, with the call") {
    CHECK(system_error(ENOENT, "open /x").kind == ErrorKind::not_found);
    CHECK(system_error(EACCES, "open /x").kind == ErrorKind::permission);
    CHECK(system_error(ENOSPC, "write /x").kind == ErrorKind::transient);
    CHECK(system_error(ENOENT, "open /x").message == "open /x: No such file or directory");
}

TEST_CASE("every kind has a word of its own, and two are worth another try") {
    std::set<std::string_view> words;
    int retryable = 0;
    for (int kind = 0; kind <= static_cast<int>(ErrorKind::fatal); ++kind) {
        words.insert(to_text(static_cast<ErrorKind>(kind)));
        if (is_retryable(static_cast<ErrorKind>(kind))) ++retryable;
    }
    CHECK(words.size() == 8);
    CHECK(retryable == 2);
}

TEST_CASE("a backoff doubles to its ceiling, with a quarter of jitter either way") {
    Backoff backoff(milliseconds(100), milliseconds(1000));
    for (const int base : {100, 200, 400, 800, 1000, 1000}) {
        Backoff least = backoff;
        CHECK(least.next(0) == milliseconds(base - base / 4));
        const milliseconds most = backoff.next(1023);
        CHECK(most >= milliseconds(base));
        CHECK(most <= milliseconds(base + base / 4));
    }
    CHECK(backoff.tries() == 6);
    backoff.reset();
    CHECK(backoff.next(0) == milliseconds(75));
    for (int i = 0; i < 100; ++i)
        CHECK(backoff.next(0) <= milliseconds(1000));
}

TEST_CASE("a descriptor is closed by its one owner") {
    const auto is_open = [](int fd) {
        return ::fcntl(fd, F_GETFD) >= 0;
    };
    int number = -1;
    {
        UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        number = first.get();
        UniqueFd second(std::move(first));
        CHECK(!first.valid());
        CHECK(second.get() == number);
        CHECK(is_open(number));
        second = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        CHECK(!is_open(number));
        number = second.get();
    }
    CHECK(!is_open(number));
    UniqueFd released(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = released.release();
    CHECK(is_open(number));
    ::close(number);
}
