// Rows of the audit log stay as they were written; over every driver.
#include "control/store/audit_log.h"

#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

constexpr contracts::Timestamp kWrittenAt{std::chrono::milliseconds(1'768'046'400'000)};

Result<void> add_entry(Database& db, const std::string& id, contracts::Timestamp at) {
    return db.transaction([&](Transaction& tx) {
        return audit_log::add(tx, {.id = id,
                                   .caller = "token 0a1b2c3d",
                                   .role = TokenRole::admin,
                                   .action = "PATCH /api/tasks/{id}",
                                   .subject = "t1",
                                   .created_at = at});
    });
}

std::size_t entries_of(Database& db) {
    const Result<Page<AuditEntry>> page = audit_log::list(db, {.limit = kMaxPage});
    if (!page) FAIL(page.error().describe());
    return page->items.size();
}

}  // namespace

TEMPLATE_TEST_CASE("rows of the audit log are added, never changed, and erased when old", "",
                   STORE_DRIVERS) {
    TestType driver;
    const auto db = driver.open();
    REQUIRE(add_entry(*db, "a", kWrittenAt));
    REQUIRE(add_entry(*db, "b", kWrittenAt + std::chrono::days(1)));
    CHECK_FALSE(add_entry(*db, "a", kWrittenAt).has_value());
    const Result<void> forged = db->transaction([](Transaction& tx) -> Result<void> {
        Result<Rows> rows = tx.query("UPDATE audit_log SET caller = 'somebody else'", {});
        return rows ? Result<void>() : rows.fault();
    });
    CHECK_FALSE(forged.has_value());
    REQUIRE(entries_of(*db) == 2);
    std::int64_t gone = 0;
    REQUIRE(db->transaction([&](Transaction& tx) -> Result<void> {
        Result<std::int64_t> pruned = audit_log::prune(tx, kWrittenAt + std::chrono::hours(1), 100);
        if (!pruned) return pruned.fault();
        gone = *pruned;
        return {};
    }));
    CHECK(gone == 1);
    CHECK(entries_of(*db) == 1);
}

}  // namespace control
