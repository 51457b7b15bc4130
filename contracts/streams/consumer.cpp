#include "contracts/streams/consumer.h"

#include "contracts/streams/publisher.h"
#include "contracts/streams/together.h"
#include "contracts/streams/trim.h"

namespace contracts {

namespace {

using std::chrono::milliseconds;

// Entries claimed or read again with one command.
constexpr std::size_t kPage = 64;
// A group that vanishes this often within one call is being removed by another program.
constexpr int kGroupTries = 3;

Error exhausted(const Entry& entry, std::int64_t limit) {
    return Error{ErrorKind::invalid,
                 "was delivered " + std::to_string(entry.deliveries) +
                     " times and never acknowledged (limit " + std::to_string(limit) + ")",
                 {},
                 "look at the log of its consumers, mend the cause, and publish it again"};
}

}  // namespace

Consumer::Consumer(Connection& connection, ConsumerSettings settings, const Clock& clock, Log log)
    : connection_(connection), settings_(std::move(settings)), clock_(clock), log_(std::move(log)) {
    for (const std::string& stream : settings_.streams)
        sources_.push_back(Source{.stream = stream});
}

Result<void> Consumer::start() {
    for (Source& source : sources_)
        source = Source{.stream = source.stream};
    ready_.clear();
    next_sweep_ = clock_.instant();
    return make_groups();
}

Result<void> Consumer::make_groups() {
    for (const Source& source : sources_) {
        Result<Reply> made = connection_.command(make_group(source.stream, settings_.group));
        if (!made && made.error().code != ErrorCode::group_exists)
            return fail(std::move(made.error()).context("make the group of " + source.stream));
    }
    return {};
}

Result<std::optional<Entry>> Consumer::next(milliseconds wait) {
    int lost = 0;
    for (;;) {
        Result<void> step = keep_ready();
        if (step && ready_.empty()) step = fill_from_pending();
        if (!ready_.empty()) break;
        const auto until_sweep = std::chrono::ceil<milliseconds>(next_sweep_ - clock_.instant());
        const milliseconds block = std::max(milliseconds(0), std::min(wait, until_sweep));
        if (step) step = read_new(block);
        if (!step) {
            if (!is_lost_group(step.error()) || ++lost == kGroupTries) return step.fault();
            if (auto made = make_groups(); !made) return made.fault();
            continue;
        }
        if (!ready_.empty()) break;
        wait -= block;
        if (wait <= milliseconds(0)) return std::optional<Entry>();
    }
    Entry entry = std::move(ready_.front());
    ready_.pop_front();
    return std::optional<Entry>(std::move(entry));
}

Result<void> Consumer::fill_from_pending() {
    start_sweep_when_due();
    for (Source& source : sources_) {
        while (ready_.empty() && !source.own_after.empty())
            if (auto read = read_own(source); !read) return read;
        while (ready_.empty() && !source.cursor.empty()) {
            if (auto swept = sweep(source); !swept) return swept;
            if (!source.cursor.empty() || !is_queue_of_work(source.stream)) continue;
            if (auto trimmed = trim_acknowledged(connection_, source.stream); !trimmed)
                return trimmed;
        }
    }
    return {};
}

void Consumer::start_sweep_when_due() {
    if (clock_.instant() < next_sweep_) return;
    next_sweep_ = clock_.instant() + settings_.sweep_every;
    for (Source& source : sources_)
        if (source.cursor.empty()) source.cursor = "0-0";
}

Result<void> Consumer::read_own(Source& source) {
    Result<Reply> reply =
        connection_.command(read_pending(member(), source.stream, source.own_after, kPage));
    if (!reply) return reply.fault();
    PendingPage page = read_pending_page(reply->view());
    source.own_after = std::move(page.last);
    if (auto dropped = drop_trimmed(source.stream, page.entries.trimmed); !dropped) return dropped;
    return take_again(std::move(page.entries.present));
}

Result<void> Consumer::sweep(Source& source) {
    Result<Reply> reply = connection_.command(
        claim_idle(member(), source.stream, settings_.claim_after, source.cursor, kPage));
    if (!reply) return reply.fault();
    Claimed claimed = read_claimed(source.stream, reply->view());
    source.cursor = claimed.cursor == "0-0" ? std::string() : claimed.cursor;
    if (auto dropped = drop_trimmed(source.stream, claimed.entries.trimmed); !dropped)
        return dropped;
    if (claimed.unnamed)
        if (auto dropped = drop_unnamed(source); !dropped) return dropped;
    if (!claimed.entries.present.empty())
        log_.info("claimed pending entries",
                  {{"stream", source.stream}, {"entries", claimed.entries.present.size()}});
    return take_again(std::move(claimed.entries.present));
}

Result<void> Consumer::drop_unnamed(const Source& source) {
    std::string after = "0";
    while (!after.empty()) {
        Result<Reply> reply =
            connection_.command(read_pending(member(), source.stream, after, kPage));
        if (!reply) return reply.fault();
        PendingPage page = read_pending_page(reply->view());
        after = std::move(page.last);
        if (auto dropped = drop_trimmed(source.stream, page.entries.trimmed); !dropped)
            return dropped;
    }
    return {};
}

Result<void> Consumer::drop_trimmed(const std::string& stream,
                                    const std::vector<std::string>& ids) {
    if (ids.empty()) return {};
    Result<Reply> done = connection_.command(contracts::acknowledge(stream, settings_.group, ids));
    if (!done) return done.fault();
    trimmed_ += ids.size();
    for (const std::string& id : ids)
        log_.warning("entry was trimmed while it was pending",
                     {{"stream", stream}, {"entry_id", id}});
    return {};
}

Result<void> Consumer::take_again(std::vector<Entry> entries) {
    if (entries.empty()) return {};
    std::vector<OwnedCommand> questions;
    for (const Entry& entry : entries)
        questions.push_back(count_deliveries(entry, settings_.group));
    Result<std::vector<Reply>> answers = connection_.pipeline(questions);
    if (!answers) return answers.fault();
    fetched_ = clock_.instant();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i].deliveries = deliveries_in((*answers)[i].view());
        if (entries[i].deliveries <= settings_.max_deliveries) {
            ready_.push_back(std::move(entries[i]));
            continue;
        }
        if (auto gone = refuse(entries[i], exhausted(entries[i], settings_.max_deliveries)); !gone)
            return gone;
    }
    return {};
}

Result<void> Consumer::read_new(milliseconds wait) {
    std::vector<std::string> streams;
    for (const Source& source : sources_)
        streams.push_back(source.stream);
    Result<Reply> reply = connection_.command(
        contracts::read_new(member(), streams, settings_.batch, wait), wait + kCommandTimeout);
    if (!reply) return reply.fault();
    fetched_ = clock_.instant();
    for (Entry& entry : read_streams(reply->view()).present)
        ready_.push_back(std::move(entry));
    return {};
}

// Claims entries again that waited here so long that another consumer may claim them, and drops
// those that one has claimed.
Result<void> Consumer::keep_ready() {
    const auto age = std::chrono::floor<milliseconds>(clock_.instant() - fetched_);
    if (ready_.empty() || age < settings_.claim_after / 2) return {};
    std::vector<OwnedCommand> commands;
    for (const Entry& entry : ready_)
        commands.push_back(keep_command(entry, member(), age, settings_.claim_after));
    Result<std::vector<Reply>> kept = connection_.pipeline(commands);
    if (!kept) return kept.fault();
    fetched_ = clock_.instant();
    std::deque<Entry> still_ours;
    for (std::size_t i = 0; i < ready_.size(); ++i)
        if ((*kept)[i].view().size() > 0) still_ours.push_back(std::move(ready_[i]));
    ready_ = std::move(still_ours);
    return {};
}

Result<void> Consumer::acknowledge(const Entry& entry) {
    Result<Reply> done = connection_.command(
        contracts::acknowledge(entry.stream, settings_.group, std::span(&entry.id, 1)));
    if (!done) return fail(std::move(done.error()).context("acknowledge " + entry.id));
    return {};
}

Result<void> Consumer::refuse(const Entry& entry, const Error& reason) {
    const auto commands =
        refuse_commands(entry, settings_.group, settings_.service, reason, clock_.now());
    const Result<void> done = do_together(connection_, commands);
    if (!done && done.error().kind == ErrorKind::conflict) {
        // It stays pending and comes again; the other entries need not wait for a person.
        log_.error("entry cannot be refused", {{"stream", entry.stream},
                                               {"entry_id", entry.id},
                                               {"reason", reason.describe()},
                                               {"error", done.error().describe()}});
        return {};
    }
    if (!done) return fail(done.error().context("refuse " + entry.id));
    log_.warning("entry refused", {{"stream", entry.stream},
                                   {"entry_id", entry.id},
                                   {"attempts", entry.deliveries},
                                   {"reason", reason.describe()}});
    return {};
}

}  // namespace contracts
