// Durable steps per second: how fast the engine moves threads on SQLite with synchronous=FULL,
// compared with this disk's rate of one-row transactions. Rounds alternate between the variants;
// the medians count.
//
//   durable_steps [directory] [--rounds N]
#include "contracts/base/json.h"
#include "control/graphs/engine/engine.h"

#include <stdlib.h>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace {

using namespace control::graphs;
using control::Database;
using control::Transaction;
using namespace std::chrono_literals;

class SilentSink final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

[[noreturn]] void die(const contracts::Error& error) {
    std::fprintf(stderr, "durable_steps: %s\n", error.describe().c_str());
    std::exit(1);
}

template <class T>
T must(contracts::Result<T> result) {
    if (!result) die(result.error());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

Result<Json> keep(const Turn& turn, Effects&) {
    return turn.state;
}

// `count` makes state.left steps that wait for nothing; `listen` waits for an event each time.
Graph graph() {
    const Decide count = [](const Turn& turn, Effects&) -> Result<Step> {
        const std::int64_t left = turn.state.value("left", std::int64_t{0}) - 1;
        Json state{{"left", left}};
        if (left <= 0) return Step{std::move(state), Done{}};
        return Step{std::move(state), GoTo{"count"}};
    };
    const Decide listen = [](const Turn& turn, Effects&) -> Result<Step> {
        const std::int64_t n = turn.state.value("n", std::int64_t{0}) + 1;
        const std::string name = turn.state.value("name", "");
        return Step{Json{{"n", n}, {"name", name}},
                    Wait{{"go:" + name + ":" + std::to_string(n)}, turn.now + 1h}};
    };
    const Decide choose = [](const Turn& turn, Effects&) -> Result<Step> {
        return Step{turn.state, GoTo{turn.state.contains("left") ? "count" : "listen"}};
    };
    return {"bench",
            "choose",
            {{"choose", choose, {"count", "listen"}},
             {"count", count, {"count"}},
             {"listen", listen, {}, {}, {}, true}},
            keep,
            keep,
            keep};
}

class Bench {
public:
    explicit Bench(const std::string& directory)
        : db_(must(control::open_sqlite(directory + "/steps.db"))),
          engine_(clock_,
                  contracts::Log(std::make_shared<SilentSink>(), contracts::LogLevel::error,
                                 contracts::LogFormat::json, "bench"),
                  {.instance = "bench"}, {{.graph = graph()}}) {}

    // Transactions of one row.
    double floor() {
        constexpr int kCommits = 300;
        return rate(kCommits, [&] {
            for (int i = 0; i < kCommits; ++i)
                must(db_->transaction([&](Transaction& tx) -> control::Result<void> {
                    must(control::threads::receive(tx, {fresh_name(), "t", {}}, clock_.now()));
                    return {};
                }));
        });
    }

    // One thread with steps that wait for nothing.
    double one_by_one() {
        constexpr int kSteps = 20'000;
        return rate(kSteps, [&] {
            start(fresh_name(), {{"left", kSteps}});
            while (must(engine_.run_due(*db_)) > 0)
                continue;
        });
    }

    double with_threads(int threads) {
        constexpr int kSteps = 40'000;
        return rate(kSteps, [&] {
            for (int i = 0; i < threads; ++i)
                start(fresh_name(), {{"left", kSteps / threads}});
            while (must(engine_.run_due(*db_, threads)) > 0)
                continue;
        });
    }

    // Each step waits for an event, which is sent once the previous step is durable.
    double by_events(int threads) {
        constexpr int kEvents = 2'000;
        std::vector<std::string> names;
        for (int i = 0; i < threads; ++i) {
            names.push_back(fresh_name());
            start(names.back(), {{"name", names.back()}});
        }
        const int each = kEvents / threads;
        return rate(each * threads, [&] {
            std::vector<std::jthread> senders;
            for (const std::string& name : names)
                senders.emplace_back([this, name, each] {
                    for (int n = 1; n <= each; ++n)
                        deliver(name + ":" + std::to_string(n));
                });
        });
    }

private:
    std::string fresh_name() { return "s" + std::to_string(++names_); }

    template <class F>
    double rate(int count, F work) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        return count / took.count();
    }

    void start(const std::string& subject, Json state) {
        must(db_->transaction([&](Transaction& tx) -> control::Result<void> {
            must(engine_.start(tx, "bench", subject, std::move(state)));
            return {};
        }));
    }

    void deliver(const std::string& id) {
        must(db_->transaction([&](Transaction& tx) -> control::Result<void> {
            if (must(engine_.deliver(tx, {"go", id, Json::object()})) != Delivery::handled)
                die({contracts::ErrorKind::fatal, "an event moved no thread"});
            return {};
        }));
    }

    contracts::SystemClock clock_;
    std::unique_ptr<Database> db_;
    Engine engine_;
    std::atomic<int> names_ = 0;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

struct Measure {
    const char* name;
    double goal;  // steps a second; 0: none
    double (*run)(Bench&);
    std::vector<double> values{};
};

}  // namespace

int main(int argc, char** argv) {
    std::string base = "/tmp";
    int rounds = 5;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            rounds = std::atoi(argv[++i]);
        else
            base = argv[i];
    }
    std::string directory = base + "/durable-steps-XXXXXX";
    if (rounds < 1 || ::mkdtemp(directory.data()) == nullptr) {
        std::fprintf(stderr, "usage: durable_steps [directory] [--rounds N]\n");
        return 2;
    }
    Measure measures[] = {
        {"floor: one-row transactions", 0,
         [](Bench& b) {
             return b.floor();
         }},
        {"one thread, one by one", 5'000,
         [](Bench& b) {
             return b.one_by_one();
         }},
        {"256 threads", 20'000,
         [](Bench& b) {
             return b.with_threads(256);
         }},
        {"one thread, an event each", 0,
         [](Bench& b) {
             return b.by_events(1);
         }},
        {"100 threads, an event each", 0,
         [](Bench& b) {
             return b.by_events(100);
         }},
    };
    {
        Bench bench(directory);
        for (int round = 0; round < rounds; ++round)
            for (Measure& measure : measures)
                measure.values.push_back(measure.run(bench));
    }
    Json report = Json::array();
    const double floor = median(measures[0].values);
    std::printf("%-30s %12s %10s %10s\n", "durable steps", "per second", "x floor", "goal");
    for (const Measure& measure : measures) {
        const double value = median(measure.values);
        std::printf("%-30s %12.0f %10.2f %10.0f\n", measure.name, value, value / floor,
                    measure.goal);
        report.push_back({{"name", measure.name}, {"per_second", value}, {"goal", measure.goal}});
    }
    std::printf("%s\n", contracts::dump_json(report).c_str());
    for (const char* suffix : {"", "-wal", "-shm", ".lock"})
        std::remove((directory + "/steps.db" + suffix).c_str());
    std::remove(directory.c_str());
    return 0;
}
