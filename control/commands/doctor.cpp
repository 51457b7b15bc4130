#include "control/commands/doctor.h"

#include "control/ports/data_directory.h"
#include "control/ports/runtime_port.h"
#include "control/workers/reconcile.h"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

// The command prints its findings; the ports' own log lines are meant for a daemon.
class NoLog final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view) override {}
};

using Line = std::array<std::string, 6>;

Line line_of(const SeenWorker& worker) {
    const auto name = [](const auto& names, auto view) {
        return std::string(names[static_cast<std::size_t>(view)]);
    };
    return {worker.id,
            name(kInStoreNames, worker.views.store),
            name(kInRuntimeNames, worker.views.runtime),
            name(kOnBusNames, worker.views.bus),
            name(kOnDiskNames, worker.views.disk),
            worker.rule == nullptr
                ? "they agree"
                : std::string(worker.rule->name).append(": ").append(worker.rule->what)};
}

void print_table(const std::vector<SeenWorker>& workers) {
    std::vector<Line> lines{{"WORKER", "STORE", "RUNTIME", "BUS", "DISK", "RULE"}};
    std::ranges::transform(workers, std::back_inserter(lines), line_of);
    std::array<std::size_t, 6> widths{};
    for (const Line& line : lines)
        for (std::size_t at = 0; at < line.size(); ++at)
            widths[at] = std::max(widths[at], line[at].size());
    for (const Line& line : lines) {
        std::string text;
        for (std::size_t at = 0; at + 1 < line.size(); ++at)
            text.append(line[at]).append(widths[at] - line[at].size() + 2, ' ');
        std::puts(text.append(line.back()).c_str());
    }
}

void print_json(const std::vector<SeenWorker>& workers) {
    Json all = Json::array();
    for (const SeenWorker& worker : workers) {
        const Line line = line_of(worker);
        Json one{{"worker_id", line[0]},
                 {"store", line[1]},
                 {"runtime", line[2]},
                 {"bus", line[3]},
                 {"disk", line[4]}};
        if (worker.rule != nullptr) {
            one["rule"] = worker.rule->name;
            one["remedy"] = kRemedyNames[static_cast<std::size_t>(worker.rule->remedy)];
            one["what"] = worker.rule->what;
        }
        all.push_back(std::move(one));
    }
    std::puts(contracts::dump_json(all).c_str());
}

// For a disagreement that the command leaves alone: what resolves it, and when.
std::string left_to(Remedy remedy) {
    switch (remedy) {
        case Remedy::settle:
        case Remedy::end_instance:
            return "left to the daemon, at its next start";
        case Remedy::ask_person:
            return "needs a person";
        default:
            return "nothing has to be done yet";
    }
}

// Returns how many disagreements are left.
int fix(const Sight& sight, const std::vector<SeenWorker>& workers) {
    int left = 0;
    for (const SeenWorker& worker : workers) {
        if (worker.rule == nullptr) continue;
        const Result<std::string> done = mend(sight, worker);
        const std::string words = !done           ? "failed: " + done.error().describe()
                                  : done->empty() ? left_to(worker.rule->remedy)
                                                  : *done;
        std::fprintf(stderr, "%s: %s\n", worker.id.c_str(), words.c_str());
        if (!done || done->empty()) ++left;
    }
    return left;
}

Result<DataDirectory> open_data(const DoctorWords& words, const std::string& path) {
    if (!words.fix) return DataDirectory::look(path);
    Result<DataDirectory> data = DataDirectory::open(path);
    if (data || data.error().code != contracts::ErrorCode::directory_in_use) return data;
    data.error().next_step =
        "a running daemon applies the same rules once a minute; use --fix when no daemon runs";
    return data;
}

// The private server runs only while its daemon does.
std::optional<contracts::RedisAddress> bus_of(const Settings& settings,
                                              const std::string& redis_url) {
    if (redis_url.empty()) return settings.bus.redis;
    Result<contracts::RedisAddress> address = contracts::RedisAddress::parse(redis_url);
    return address ? std::optional(*std::move(address)) : std::nullopt;
}

}  // namespace

void declare_doctor(CLI::App& app, DoctorWords& words) {
    CLI::App* doctor = app.add_subcommand(
        "doctor", "print where store, runtime, bus and disk disagree about workers");
    doctor->add_flag(
        "--fix", words.fix,
        "also apply the rules; ends and removes nothing that runs; only while no daemon runs");
    doctor->add_flag("--json", words.json, "print JSON");
}

Result<int> run_doctor(const DoctorWords& words, const Settings& settings,
                       const std::string& redis_url) {
    Result<DataDirectory> data = open_data(words, settings.places.data_directory);
    if (!data) return data.fault();
    if (settings.store.database_url.empty() && ::access(data->database().c_str(), F_OK) != 0)
        return fail(ErrorKind::fatal, "there is no database at " + data->database(), "DATA_DIR",
                    "restore a backup, or start the daemon, which creates a new one");
    auto database = open_database(settings.store.database_url, data->database());
    if (!database) return database.fault();
    HttpClient http;
    const contracts::Log log(std::make_shared<NoLog>(), contracts::LogLevel::error,
                             contracts::LogFormat::json, "doctor");
    auto runtime = open_runtime(settings.runtime, settings.places, *data, http, log);
    if (!runtime) return runtime.fault();
    const contracts::SystemClock clock;
    const Sight sight{.database = **database,
                      .runtime = **runtime,
                      .directory = data->workers(),
                      .bus = bus_of(settings, redis_url),
                      .owner = data->owner(),
                      .clock = clock};
    Result<std::vector<SeenWorker>> workers = see_workers(sight);
    if (!workers) return workers.fault();
    words.json ? print_json(*workers) : print_table(*workers);
    if (words.fix) return fix(sight, *workers);
    return static_cast<int>(std::ranges::count_if(
        *workers, [](const SeenWorker& worker) { return worker.rule != nullptr; }));
}

}  // namespace control
