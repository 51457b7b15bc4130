#include "wrapper/delivery/journal.h"
#include "wrapper/delivery/session.h"
#include "wrapper/delivery/state_file.h"

#include <sys/resource.h>
#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "tests/support/temporary_directory.h"

using namespace wrapper;
using tests::TemporaryDirectory;

namespace {

contracts::Log quiet() {
    return contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                          contracts::LogLevel::error, contracts::LogFormat::json, "test");
}

Owed owed(int number) {
    Owed one;
    one.answer.request_id = "r-" + std::to_string(number);
    one.answer.output_stream = "worker:developer:output";
    one.answer.output =
        "{\"text\":\"" + std::string(static_cast<std::size_t>(number) * 40, 'x') + "\"}";
    one.answer.also = {{"HSET", "worker:status:w", "status", "COMPLETED"}, {"XADD", "s", "*"}};
    one.claim = contracts::Claim{"in", "workers", "w", std::to_string(number) + "-0"};
    return one;
}

std::string written(const TemporaryDirectory& directory, int count) {
    auto journal = Journal::open(directory.text());
    for (int i = 1; i <= count; ++i)
        REQUIRE(journal->write(owed(i)));
    return tests::read_file(directory / "journal");
}

std::vector<Owed> recovered(const TemporaryDirectory& directory) {
    auto journal = Journal::open(directory.text());
    REQUIRE(journal);
    auto all = journal->recover(quiet());
    REQUIRE(all);
    return std::move(*all);
}

Owed large(std::size_t bytes) {
    Owed one = owed(2);
    one.answer.output.assign(bytes, 'x');
    return one;
}

// A file size limit stands in for a full disk: the kernel refuses after part of the record.
bool written_on_disk_of(rlim_t bytes, Journal& journal, const Owed& one) {
    const rlimit small{bytes, RLIM_INFINITY};
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const bool wrote = journal.write(one).has_value();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, SIG_DFL);
    return wrote;
}

}  // namespace

TEST_CASE("what was written is recovered whole, oldest first") {
    const TemporaryDirectory directory;
    (void)written(directory, 3);
    const std::vector<Owed> all = recovered(directory);
    REQUIRE(all.size() == 3);
    for (int i = 0; i < 3; ++i) {
        const Owed wanted = owed(i + 1);
        const Owed& got = all[static_cast<std::size_t>(i)];
        CHECK(got.answer.request_id == wanted.answer.request_id);
        CHECK(got.answer.output == wanted.answer.output);
        CHECK(got.answer.also == wanted.answer.also);
        REQUIRE(got.claim);
        CHECK(got.claim->entry_id == wanted.claim->entry_id);
    }
}

TEST_CASE("a journal torn at any byte gives the records before the tear, and takes new ones") {
    const TemporaryDirectory directory;
    const std::string whole = written(directory, 3);
    std::size_t last = 0;
    for (std::size_t size = 0; size <= whole.size();
         size = size == whole.size() ? size + 1 : std::min(size + size % 7 + 1, whole.size())) {
        directory.write("journal", whole.substr(0, size));
        const std::size_t count = recovered(directory).size();
        CHECK(count >= last);
        last = count;
        auto journal = Journal::open(directory.text());
        REQUIRE(journal->write(owed(9)));
        const std::vector<Owed> after = recovered(directory);
        REQUIRE(after.size() == count + 1);
        CHECK(after.back().answer.request_id == "r-9");
    }
    CHECK(last == 3);
}

TEST_CASE("a flipped byte anywhere is found: never a wrong record") {
    const TemporaryDirectory directory;
    const std::string whole = written(directory, 2);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
        directory.write("journal", damaged);
        const std::vector<Owed> all = recovered(directory);
        REQUIRE(all.size() < 2);
        if (all.size() == 1) CHECK(all[0].answer.output == owed(1).answer.output);
    }
}

TEST_CASE("what is settled is owed no more; what comes after it is") {
    const TemporaryDirectory directory;
    (void)written(directory, 2);
    auto journal = Journal::open(directory.text());
    journal->settle();
    journal->mark();
    CHECK(recovered(directory).empty());
    REQUIRE(journal->write(owed(3)));
    const std::vector<Owed> all = recovered(directory);
    REQUIRE(all.size() == 1);
    CHECK(all[0].answer.request_id == "r-3");
}

TEST_CASE("the next record says that those before it are settled") {
    const TemporaryDirectory directory;
    (void)written(directory, 2);
    auto journal = Journal::open(directory.text());
    journal->settle();
    // This is not on disk yet: after a crash here the next run would check for both answers.
    CHECK(recovered(directory).size() == 2);
    REQUIRE(journal->write(owed(3)));
    REQUIRE(journal->write(owed(4)));
    const std::vector<Owed> all = recovered(directory);
    REQUIRE(all.size() == 2);
    CHECK(all[0].answer.request_id == "r-3");
    CHECK(all[1].answer.request_id == "r-4");
}

TEST_CASE("a journal of many settled results stays small") {
    const TemporaryDirectory directory;
    auto journal = Journal::open(directory.text());
    for (int i = 0; i < 30; ++i) {
        REQUIRE(journal->write(large(100'000)));
        journal->settle();
        CHECK(std::filesystem::file_size(directory / "journal") < (1 << 20) + 100'000);
    }
    REQUIRE(journal->write(owed(2)));
    CHECK(recovered(directory).size() == 1);
}

TEST_CASE("a result that finds the disk full does not hide the next one") {
    const TemporaryDirectory directory;
    auto journal = Journal::open(directory.text());
    REQUIRE(journal->write(owed(1)));
    CHECK_FALSE(written_on_disk_of(50'000, *journal, large(100'000)));
    REQUIRE(journal->write(owed(3)));
    const std::vector<Owed> all = recovered(directory);
    REQUIRE(all.size() == 2);
    CHECK(all[1].answer.request_id == "r-3");
}

TEST_CASE("what is settled makes room for a result that finds the disk full") {
    const TemporaryDirectory directory;
    auto journal = Journal::open(directory.text());
    REQUIRE(journal->write(large(40'000)));
    journal->settle();
    CHECK(written_on_disk_of(50'000, *journal, large(45'000)));
    const std::vector<Owed> all = recovered(directory);
    REQUIRE(all.size() == 1);
    CHECK(all[0].answer.output.size() == 45'000);
}

TEST_CASE("a link in the journal's place is not followed") {
    const TemporaryDirectory directory;
    const std::string target = directory.write("target", "keep me");
    std::filesystem::create_symlink(target, directory / "journal");
    CHECK(!Journal::open(directory.text()));
    CHECK(tests::read_file(target) == "keep me");
}

TEST_CASE("the checksum is zlib's CRC-32") {
    CHECK(checksum("123456789") == 0xcbf43926U);
}

TEST_CASE("a session is remembered with its time and cost, and read without them") {
    Session session{"id-1", contracts::parse_timestamp("2026-01-10T12:00:00Z"), 1.5};
    const auto read = parse_session(format_session(session));
    REQUIRE(read);
    CHECK(read->id == "id-1");
    CHECK(read->used_at == session.used_at);
    CHECK(read->cost_usd == 1.5);
    CHECK(parse_session(R"({"session_id":"other"})")->id == "other");
    for (const char* wrong : {"", "{}", "[]", R"({"session_id":3})", R"({"session_id":""})"})
        CHECK(!parse_session(wrong));
}

TEST_CASE("the state file tells its state while it is fresh") {
    const TemporaryDirectory directory;
    const contracts::Timestamp now = contracts::SystemClock().now();
    CHECK(!read_state(directory.text(), now));
    StateFile file(directory.text());
    file.write("a state with a longer name", now);
    file.write("working", now);
    CHECK(*read_state(directory.text(), now + std::chrono::seconds{5}) == "working");
    CHECK(read_state(directory.text(), now + std::chrono::minutes{2}).error().kind ==
          contracts::ErrorKind::timed_out);
    // A new run leaves the state alone until it writes, and overwrites a longer file correctly.
    directory.write("state", "x" + std::string(200, '\n'));
    StateFile next(directory.text());
    next.write("waiting", now);
    CHECK(*read_state(directory.text(), now) == "waiting");
    const std::string moment = contracts::format_timestamp(now);
    for (const std::string& wrong : {std::string("garbage"), moment, moment + " working",
                                     moment + " \n", std::string("\n"), std::string()}) {
        INFO(wrong);
        directory.write("state", wrong);
        CHECK(!read_state(directory.text(), now));
    }
}
