#include "tests/unit/control_graphs/world.h"

#include "contracts/messages/developer.h"
#include "contracts/streams/names.h"

namespace tests {

using contracts::Json;
using control::fail;
using control::Result;
using namespace std::chrono_literals;
namespace names = contracts::names;

namespace {

std::unexpected<contracts::Error> dead() {
    return fail(contracts::ErrorKind::transient, "the process is dead");
}

}  // namespace

bool Process::begins() {
    if (dead) return false;
    dying_ = die_at.contains(++operations);
    if (dying_ && !die_after) dead = true;
    return !dead;
}

bool Process::ends() {
    if (dying_) dead = true;
    return !dead;
}

Result<control::Rows> DyingDatabase::query(std::string_view sql,
                                           std::vector<control::Value> values) {
    if (process_.dead) return dead();
    return inner_.query(sql, std::move(values));
}

Result<void> DyingDatabase::transaction(
    const std::function<Result<void>(control::Transaction&)>& work) {
    if (!process_.begins()) return dead();
    if (++transactions_ % 3 == 0)
        (void)inner_.transaction([&](control::Transaction& tx) -> Result<void> {
            (void)work(tx);
            return contracts::fail(contracts::ErrorKind::transient, "rolled back, and run again");
        });
    auto done = inner_.transaction(work);
    if (!process_.ends()) return dead();
    return done;
}

void DyingDatabase::transaction_async(std::function<Result<void>(control::Transaction&)> work,
                                      std::function<void(Result<void>)> done) {
    done(transaction(work));
}

Result<void> World::publish(const std::string& owner,
                            std::span<const control::OutboxEffect> effects) {
    if (!process_.begins()) return dead();
    std::vector<std::string> note;
    for (const control::OutboxEffect& effect : effects) {
        note.push_back(effect.key);
        if (!keys_.emplace(effect.key, effect.body).second)
            faults_.push_back("published twice: " + effect.key);
        react(effect);
    }
    note_keys_[owner] = std::move(note);
    if (!process_.ends()) return dead();
    return {};
}

Result<std::vector<std::string>> World::last_published(const std::string& owner) {
    if (!process_.begins()) return dead();
    auto note = note_keys_[owner];
    if (!process_.ends()) return dead();
    return note;
}

void World::react(const control::OutboxEffect& effect) {
    const Json message = *contracts::parse_json(effect.body);
    const std::string request = message.value("request_id", "");
    published_.push_back(effect.key + " " + effect.target + " " + request);
    for (const std::string_view heard : {"task_progress:", "answers", "chat:", "scaffolder:"})
        if (effect.target.starts_with(heard)) return;
    if (!requests_.insert(request).second) faults_.push_back("asked twice: " + request);
    if (effect.target == names::kWorkerCommands) {
        if (message["command"] == "create") return create(message);
        const std::string worker = message["worker_id"];
        if (!workers_.contains(worker)) faults_.push_back("deleted unborn: " + worker);
        ++workers_[worker];
        return send("response", request, {{"request_id", request}, {"success", true}}, 5s);
    }
    work(message);
}

void World::create(const Json& message) {
    const std::string request = message["request_id"];
    if (chance(8)) {
        send("response", request,
             {{"request_id", request}, {"success", false}, {"error", "no slot"}}, 60s);
        return;
    }
    const std::string worker = "w" + std::to_string(workers_.size() + 1);
    workers_[worker] = 0;
    if (message["context"]["role"] == "tester")
        testers_.insert(message["context"]["request_id"].get<std::string>());
    // From time to time the response comes only after the wait for it has ended.
    send("response", request, {{"request_id", request}, {"success", true}, {"worker_id", worker}},
         chance(10) ? 3'000s : 60s);
}

void World::work(const Json& message) {
    const std::string request = message["request_id"];
    Json output{{"request_id", request},
                {"task_id", message["task_id"]},
                {"timestamp", "2027-01-15T08:00:00Z"},
                {"usage", {{"tokens", 1}}}};
    const std::uint64_t fate = draw() % 12;
    if (fate == 0) {
        output["status"] = "failed";
        const bool killed = chance(2);
        output["error"] = killed ? "Worker crashed: signal 9" : "Worker crashed: out of memory";
        output["data"] = {{"cause", killed ? "killed" : contracts::kOutOfMemory}};
    } else if (fate == 1) {
        output["status"] = "timeout";
    } else if (fate == 2) {
        output["status"] = "error";
        output["error"] = "no result block";
    } else if (testers_.contains(request)) {
        const int code = chance(3) ? 2 : 0;
        output["status"] = code == 0 ? "success" : "failed";
        output["data"] = {{"exit_code", code}, {"output", "tests"}};
    } else {
        output["status"] = "success";
        output["summary"] = "done";
        if (!chance(6)) ++commits_;
    }
    if (chance(15)) return;  // no response ever comes
    send("output", request, std::move(output), 600s);
}

void World::send(const std::string& name, const std::string& id, Json body,
                 std::chrono::milliseconds latest) {
    const control::graphs::Event event{name, id, std::move(body)};
    const auto when = [&] {
        return clock_.now() +
               std::chrono::milliseconds(draw() % static_cast<std::uint64_t>(latest.count()));
    };
    coming_.emplace(when(), event);
    if (chance(5)) coming_.emplace(when(), event);
}

Result<Json> World::answer(Json value) {
    if (process_.dead) return dead();
    if (chance(6)) return fail(contracts::ErrorKind::transient, "git is away");
    return value;
}

control::graphs::CallHandlers World::forge_calls() {
    return {{"forge.prepare",
             [this](const Json&) {
                 return answer({{"location", "/repo"}});
             }},
            {"forge.inspect_branch",
             [this](const Json&) {
                 std::string commit = std::to_string(commits_);
                 commit.insert(0, 40 - commit.size(), '0');
                 return answer({{"commit", commit}, {"commits", commits_}, {"files", {"a"}}});
             }},
            {"forge.set_aside",
             [this](const Json&) {
                 return answer({{"kept", "refs/kept/1"}});
             }},
            {"forge.read_file",
             [this](const Json&) {
                 return answer({{"content", "test: t"}});
             }},
            {"forge.advance_default_branch", [this](const Json&) {
                 return answer(Json::object());
             }}};
}

std::optional<control::graphs::Event> World::next_event() const {
    if (coming_.empty() || coming_.begin()->first > clock_.now()) return std::nullopt;
    return coming_.begin()->second;
}

void World::taken_in() {
    coming_.erase(coming_.begin());
}

std::optional<contracts::Timestamp> World::next_arrival() const {
    if (coming_.empty()) return std::nullopt;
    return coming_.begin()->first;
}

std::string World::fault() const {
    std::string words;
    for (const std::string& fault : faults_)
        words += fault + "; ";
    for (const auto& [worker, deleted] : workers_)
        if (deleted != 1) words += worker + " was deleted " + std::to_string(deleted) + " times; ";
    return words;
}

}  // namespace tests
