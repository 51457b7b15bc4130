#include "control/graphs/delivery/recall.h"

#include "contracts/base/json.h"
#include "contracts/streams/names.h"

#include <algorithm>

namespace control::graphs {

using contracts::Connection;
using contracts::Entry;
using contracts::fail;
using contracts::Result;
using contracts::Timestamp;
namespace names = contracts::names;

namespace {

constexpr std::string_view kOutput = "output:";
constexpr std::string_view kResponse = "response:";
constexpr std::int64_t kMostWaits = 10'000;
constexpr std::string_view kPage = "200";
// How far the clock of Redis, from which the ids of entries come, may be behind ours.
constexpr std::chrono::minutes kClockDifference{10};

}  // namespace

Recall::Recall(Database& db, contracts::RedisAddress redis, Handle handle, contracts::Log log)
    : db_(db), bus_(std::move(redis)), handle_(std::move(handle)), log_(std::move(log)) {}

Result<std::int64_t> Recall::run_once() {
    Result<Awaited> awaited = this->awaited();
    if (!awaited) return awaited.fault();
    // Keys that nobody waits for any more can be forgotten.
    std::erase_if(sought_, [&](const std::string& key) { return !awaited->keys.contains(key); });
    std::erase_if(awaited->keys, [&](const std::string& key) { return sought_.contains(key); });
    if (awaited->keys.empty()) {
        first_ = false;
        return 0;
    }
    Result<Connection*> bus = bus_.connection();
    if (!bus) return bus.fault();
    if (!first_)
        if (Result<void> kept = keep_answered(**bus, awaited->keys); !kept) return kept.fault();
    if (awaited->keys.empty()) return 0;
    Result<std::int64_t> outputs = search(**bus, names::kDeveloperOutput, kOutput, *awaited);
    if (!outputs) return outputs;
    Result<std::int64_t> responses =
        search(**bus, names::kWorkerResponsesDeveloper, kResponse, *awaited);
    if (!responses) return responses;
    sought_.merge(awaited->keys);
    first_ = false;
    return *outputs + *responses;
}

Result<Recall::Awaited> Recall::awaited() {
    Result<Rows> rows = db_.query(
        "SELECT thread_waits.key, threads.updated_at FROM thread_waits "
        "JOIN threads ON threads.id = thread_waits.thread_id "
        "WHERE thread_waits.active = 1 AND threads.status IN ('waiting', 'paused') "
        "AND (thread_waits.key LIKE 'output:%' OR thread_waits.key LIKE 'response:%') "
        "ORDER BY threads.updated_at DESC LIMIT $1",
        {kMostWaits});
    if (!rows) return rows.fault();
    Awaited awaited;
    for (const Row& row : rows->rows) {
        awaited.keys.insert(row.text(0));
        awaited.since =
            Timestamp(std::chrono::milliseconds(row.integer(1)));  // the last one is the oldest
    }
    awaited.since -= kClockDifference;
    return awaited;
}

Result<void> Recall::keep_answered(Connection& bus, Keys& keys) {
    std::vector<std::string> asked;
    std::vector<contracts::OwnedCommand> questions;
    for (const std::string& key : keys) {
        if (!key.starts_with(kOutput)) continue;
        asked.push_back(key);
        questions.push_back({"EXISTS", names::answered(key.substr(kOutput.size()))});
    }
    keys.clear();
    if (asked.empty()) return {};
    Result<std::vector<contracts::Reply>> replies = bus.pipeline(questions);
    if (!replies) return replies.fault();
    for (std::size_t i = 0; i < asked.size() && i < replies->size(); ++i)
        if ((*replies)[i].view().integer() > 0) keys.insert(asked[i]);
    return {};
}

Result<std::int64_t> Recall::search(Connection& bus, std::string_view stream, std::string_view kind,
                                    const Awaited& awaited) {
    const bool any = std::ranges::any_of(
        awaited.keys, [&](const std::string& key) { return key.starts_with(kind); });
    if (!any) return 0;
    std::int64_t found = 0;
    std::string from =
        std::to_string(std::max<std::int64_t>(0, awaited.since.time_since_epoch().count()));
    while (true) {
        Result<contracts::Reply> reply = bus.command({"XRANGE", stream, from, "+", "COUNT", kPage});
        if (!reply) return reply.fault();
        contracts::Entries entries;
        contracts::read_entries(stream, reply->view(), entries);
        if (entries.present.empty()) return found;
        for (const Entry& entry : entries.present) {
            const Result<contracts::Json> message = contracts::parse_json(entry.data);
            if (!message) continue;
            const std::string key = std::string(kind) + contracts::text_at(*message, "request_id");
            if (!awaited.keys.contains(key)) continue;
            log_.warning("found an answer that the store had lost", {{"event", key}});
            if (Result<void> handled = handle_(entry);
                !handled && contracts::is_retryable(handled.error().kind))
                return handled.fault();
            ++found;
        }
        from = "(" + entries.present.back().id;
    }
}

}  // namespace control::graphs
