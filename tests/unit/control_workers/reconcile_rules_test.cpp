#include "control/workers/reconcile_rules.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace control;

namespace {

constexpr InStore kStores[] = {InStore::absent,   InStore::removed, InStore::queued,
                               InStore::creating, InStore::running, InStore::paused,
                               InStore::ended};
constexpr InRuntime kRuntimes[] = {InRuntime::absent, InRuntime::running, InRuntime::paused,
                                   InRuntime::ended};
constexpr OnBus kBuses[] = {OnBus::absent, OnBus::present, OnBus::unknown};
constexpr OnDisk kDisks[] = {OnDisk::absent, OnDisk::present, OnDisk::described};

std::string name_of(const WorkerViews& views) {
    const ReconcileRule* rule = rule_for(views);
    return rule == nullptr ? "" : std::string(rule->name);
}

// The expected rule for each pair of store and runtime, written by hand; "?": it depends on the
// other two views.
const char* expected(InStore store, InRuntime runtime) {
    const bool lives = runtime == InRuntime::running || runtime == InRuntime::paused;
    switch (store) {
        case InStore::queued:
        case InStore::creating:
            return "";
        case InStore::running:
        case InStore::paused:
            if (runtime == InRuntime::absent) return "lost";
            return runtime == InRuntime::ended ? "ended unseen" : "?";
        case InStore::ended:
            return lives ? "answered and alive" : "";
        case InStore::absent:
            if (runtime == InRuntime::ended) return "remains";
            return "?";
        case InStore::removed:
            if (runtime == InRuntime::ended) return "remains";
            return lives ? "stranger" : "?";
    }
    return "?";
}

}  // namespace

TEST_CASE("every combination of store and runtime has its rule or agrees") {
    for (const InStore store : kStores)
        for (const InRuntime runtime : kRuntimes)
            for (const OnBus bus : kBuses)
                for (const OnDisk disk : kDisks) {
                    const std::string wanted = expected(store, runtime);
                    if (wanted == "?") continue;
                    INFO(kInStoreNames[static_cast<int>(store)]
                         << ' ' << kInRuntimeNames[static_cast<int>(runtime)]);
                    CHECK(name_of({store, runtime, bus, disk}) == wanted);
                }
}

TEST_CASE("where bus and disk decide, each row of the table is met") {
    const struct {
        WorkerViews views;
        const char* rule;
    } rows[] = {
        {{InStore::running, InRuntime::running, OnBus::present, OnDisk::described}, ""},
        {{InStore::running, InRuntime::running, OnBus::unknown, OnDisk::present}, ""},
        {{InStore::running, InRuntime::running, OnBus::present, OnDisk::absent}, "without files"},
        {{InStore::running, InRuntime::paused, OnBus::present, OnDisk::described},
         "frozen unasked"},
        {{InStore::paused, InRuntime::paused, OnBus::absent, OnDisk::described}, ""},
        {{InStore::paused, InRuntime::running, OnBus::present, OnDisk::described}, "mark left"},
        {{InStore::paused, InRuntime::paused, OnBus::present, OnDisk::absent}, "without files"},
        {{InStore::absent, InRuntime::running, OnBus::present, OnDisk::described}, "without a row"},
        {{InStore::absent, InRuntime::paused, OnBus::absent, OnDisk::described}, "without a row"},
        {{InStore::absent, InRuntime::running, OnBus::present, OnDisk::present}, "stranger"},
        {{InStore::absent, InRuntime::running, OnBus::absent, OnDisk::absent}, "stranger"},
        {{InStore::absent, InRuntime::absent, OnBus::present, OnDisk::described},
         "left directories"},
        {{InStore::removed, InRuntime::absent, OnBus::absent, OnDisk::present}, "left directories"},
        {{InStore::removed, InRuntime::absent, OnBus::present, OnDisk::absent}, "left on the bus"},
        // The bus may be shared with another installation.
        {{InStore::absent, InRuntime::absent, OnBus::present, OnDisk::absent}, ""},
        {{InStore::removed, InRuntime::absent, OnBus::unknown, OnDisk::absent}, ""},
    };
    for (const auto& row : rows)
        CHECK(name_of(row.views) == row.rule);
}

TEST_CASE("no rule is without a combination that it is for, and no two have a name") {
    std::set<std::string> met, names;
    for (const InStore store : kStores)
        for (const InRuntime runtime : kRuntimes)
            for (const OnBus bus : kBuses)
                for (const OnDisk disk : kDisks)
                    met.insert(name_of({store, runtime, bus, disk}));
    for (const ReconcileRule& rule : reconcile_rules()) {
        CHECK(met.contains(std::string(rule.name)));
        CHECK(names.insert(std::string(rule.name)).second);
    }
}

TEST_CASE("the documentation has the table as it is in the code") {
    CHECK(tests::read_file(ORCH_SOURCE_DIR "/docs/RECONCILE.md") == describe_reconcile_rules());
}
