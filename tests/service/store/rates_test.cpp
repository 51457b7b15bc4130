// One-row transactions per second with each driver, waiting for the disk. Run by hand with
// `service_store "[.rates]"`. The rounds alternate between drivers; medians are printed.
#include "control/store/threads.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temporary_directory.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <map>
#include <thread>

namespace control {

namespace {

// Transactions per second; each caller waits for its own before it begins the next.
double rate(Database& db, int callers, int each, std::atomic<int>& names) {
    const auto begin = std::chrono::steady_clock::now();
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < callers; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < each; ++n) {
                    const Result<void> done = db.transaction([&](Transaction& tx) -> Result<void> {
                        Result<bool> first = threads::receive(
                            tx, {"k" + std::to_string(++names), "t", {}}, Timestamp{});
                        if (!first) return fail(std::move(first.error()));
                        return {};
                    });
                    failed += done ? 0 : 1;
                }
            });
    }
    CHECK(failed == 0);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return callers * each / took.count();
}

}  // namespace

TEST_CASE("rates of both drivers", "[.rates]") {
    const tests::TemporaryDirectory directory;
    tests::PostgresServer server({.synced = true});
    auto sqlite = open_sqlite(directory / "store.db");
    auto postgres = open_postgres(server.make_schema());
    REQUIRE(sqlite);
    REQUIRE(postgres);
    std::atomic<int> names = 0;
    std::map<std::string, std::vector<double>> rates;
    for (int round = 0; round < 5; ++round)
        for (const auto& [name, db] :
             {std::pair("SQLite", sqlite->get()), std::pair("PostgreSQL", postgres->get())})
            for (const int callers : {1, 32, 256})
                rates[std::string(name) + ", " + std::to_string(callers) + " callers"].push_back(
                    rate(*db, callers, callers == 1 ? 300 : 6'400 / callers, names));
    for (auto& [name, values] : rates) {
        std::ranges::sort(values);
        std::printf("%-24s %8.0f/s  (%.0f to %.0f)\n", name.c_str(), values[values.size() / 2],
                    values.front(), values.back());
    }
}

}  // namespace control
