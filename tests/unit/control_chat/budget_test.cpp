// /budget and /digest, as users write them.
#include "control/chat/budget.h"

#include "control/store/digests.h"
#include "control/store/projects.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;

namespace {

constexpr contracts::Timestamp kNow{std::chrono::milliseconds(1'768'046'400'000)};

struct Purse {
    tests::TemporaryDirectory directory{};
    std::unique_ptr<Database> db{};
    contracts::User user{"u-1", "7", false};

    Purse() {
        auto opened = open_sqlite(directory / "a.db");
        REQUIRE(opened.has_value());
        db = std::move(*opened);
        write([](Transaction& tx) -> Result<void> {
            for (const char* owner : {"u-1", "u-2"}) {
                contracts::Project project;
                project.id = std::string("p-") + owner;
                project.name = owner == std::string("u-1") ? "shop" : "theirs";
                project.owner_id = owner;
                if (auto put = projects::insert(tx, project, kNow); !put) return put;
            }
            return {};
        });
    }
    void write(const std::function<Result<void>(Transaction&)>& work) {
        const Result<void> done = db->transaction(work);
        if (!done) FAIL(done.error().describe());
    }
    std::string budget(const std::string& words) {
        std::string told;
        write([&](Transaction& tx) -> Result<void> {
            auto answer = chat::answer_budget(tx, user, words, kNow);
            if (!answer) return fail(answer.error());
            told = *answer;
            return {};
        });
        return told;
    }
    std::optional<Budget> cap() {
        return *budgets::find(*db, SpendingScope::project, "p-u-1", BudgetPeriod::total);
    }
};

}  // namespace

TEST_CASE("a cap is raised from the chat once it is confirmed, and not before") {
    Purse purse;
    const std::string asked = purse.budget("shop $20");
    CHECK(asked ==
          "shop has cost $0.00 so far. To set its total cap to $20.00, write: /budget shop $20.00 "
          "yes");
    CHECK_FALSE(purse.cap());
    CHECK(purse.budget("shop $20.00 yes").find("shop may cost $20.00 in total.") == 0);
    REQUIRE(purse.cap());
    CHECK(purse.cap()->cap == 20 * kNanodollarsInDollar);
    CHECK(purse.cap()->set_by == "user u-1");
    CHECK(purse.budget("").find("shop: $0.00 of $20.00") != std::string::npos);
    CHECK(purse.budget("shop 30").find("and may cost $20.00") != std::string::npos);
}

TEST_CASE("another's project, no amount and an administrator's cap are left as they are") {
    Purse purse;
    CHECK(purse.budget("theirs 20 yes") == "You have no project theirs. /projects lists them.");
    for (const char* words : {"shop", "shop much", "shop -5 yes", "shop 1e9", "shop 20 no",
                              "shop 20 yes please", "shop 2000000 yes", "shop $ yes"}) {
        INFO(words);
        CHECK(purse.budget(words).find("Write /budget PROJECT AMOUNT") == 0);
    }
    CHECK_FALSE(purse.cap());
    purse.write([](Transaction& tx) {
        return budgets::set(tx, {.scope = SpendingScope::project,
                                 .subject = "p-u-1",
                                 .cap = 1,
                                 .set_by = "token a",
                                 .by_admin = true});
    });
    CHECK(purse.budget("shop 20 yes").find("An administrator has set this cap.") == 0);
    CHECK(purse.cap()->cap == 1);
    purse.user.is_admin = true;
    CHECK(purse.budget("shop 20 yes").find("shop may cost") == 0);
}

TEST_CASE("a digest is ordered, asked about and ended") {
    Purse purse;
    const auto digest = [&](const std::string& words) {
        std::string told;
        purse.write([&](Transaction& tx) -> Result<void> {
            auto answer = chat::answer_digest(tx, purse.user, words, kNow);
            if (!answer) return fail(answer.error());
            told = *answer;
            return {};
        });
        return told;
    };
    CHECK(digest("").find("Your digest is off.") == 0);
    CHECK(digest("weekly").find("You get a digest weekly") == 0);
    CHECK(digest("hourly").find("Your digest is weekly.") == 0);
    CHECK(digests::due(*purse.db, kNow + std::chrono::days(6), 10)->empty());
    CHECK(digests::due(*purse.db, kNow + std::chrono::days(7), 10)->size() == 1);
    CHECK(digest("off") == "You no longer get a digest.");
    CHECK(digests::due(*purse.db, kNow + std::chrono::days(7), 10)->empty());
}
