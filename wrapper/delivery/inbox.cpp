#include "wrapper/delivery/inbox.h"

#include "contracts/streams/words.h"

namespace wrapper {

namespace {

using contracts::Entries;
using contracts::Entry;
using contracts::OwnedCommand;
using contracts::ReplyView;
using contracts::words;
using std::chrono::milliseconds;

constexpr milliseconds kBlock{20'000};
constexpr std::string_view kNothing = "0-0";

bool lost_group(ReplyView reply) {
    return reply.text().starts_with("NOGROUP") || reply.text().starts_with("UNBLOCKED");
}

}  // namespace

Inbox::Inbox(InboxSettings settings, const contracts::RedisAddress& address,
             const contracts::Clock& clock, contracts::Log log)
    : settings_(std::move(settings)),
      clock_(clock),
      log_(log),
      link_("input", address, clock, log) {}

void Inbox::ask() {
    asked_ = true;
    link_.enable();
    if (stage_ == Stage::rest && link_.open()) go_on();
}

void Inbox::watch(PollSet& poll) {
    link_.watch(poll);
    if (asked_ && !ready_.empty()) poll.wake_at(clock_.instant());
}

void Inbox::step() {
    switch (link_.step()) {
        case Link::Change::opened:
            begin();
            break;
        case Link::Change::lost:
            stage_ = Stage::rest;
            break;
        case Link::Change::none:
            break;
    }
    while (std::optional<contracts::Reply> reply = link_.receive()) {
        if (to_ignore_ > 0)
            --to_ignore_;
        else
            on_reply(reply->view());
        if (!link_.open()) return;
    }
}

std::optional<Entry> Inbox::take() {
    if (!asked_ || ready_.empty()) return std::nullopt;
    Entry entry = std::move(ready_.front());
    ready_.pop_front();
    asked_ = false;
    return entry;
}

contracts::Claim Inbox::claim_of(const Entry& entry) const {
    return contracts::Claim{entry.stream, settings_.group, settings_.consumer, entry.id};
}

void Inbox::doubt() {
    if (stage_ == Stage::read) link_.drop("the other connection was lost");
}

void Inbox::begin() {
    stage_ = Stage::groups;
    at_ = 0;
    own_after_ = "0";
    own_done_ = false;
    cursor_ = "0-0";
    to_ignore_ = 0;
    next_sweep_ = clock_.instant();
    uncounted_.clear();
    ready_.clear();  // what was read and not begun is pending still, and read again
    for (const std::string& stream : settings_.streams)
        link_.send({"XGROUP", "CREATE", stream, settings_.group, "0", "MKSTREAM"});
}

void Inbox::go_on() {
    if (!ready_.empty() || !asked_) {
        stage_ = Stage::rest;
        return;
    }
    const std::string& stream = settings_.streams[at_];
    if (!own_done_) {
        stage_ = Stage::own;
        return link_.send({"XREADGROUP", "GROUP", settings_.group, settings_.consumer, "COUNT", "1",
                           "STREAMS", stream, own_after_});
    }
    if (clock_.instant() >= next_sweep_) {
        stage_ = Stage::sweep;
        return link_.send({"XAUTOCLAIM", stream, settings_.group, settings_.consumer,
                           std::to_string(settings_.claim_after.count()), cursor_, "COUNT", "1"});
    }
    stage_ = Stage::read;
    OwnedCommand command =
        words({"XREADGROUP", "GROUP", settings_.group, settings_.consumer, "COUNT", "1", "BLOCK",
               std::to_string(kBlock.count()), "STREAMS"});
    for (const std::string& one : settings_.streams)
        command.push_back(one);
    command.insert(command.end(), settings_.streams.size(), ">");
    link_.send(command, kBlock + contracts::kCommandTimeout);
}

void Inbox::on_reply(ReplyView reply) {
    if (reply.is_error() && !reply.text().starts_with("BUSYGROUP")) {
        if (lost_group(reply)) return begin();
        return link_.drop(reply.text());
    }
    switch (stage_) {
        case Stage::groups:
            if (++at_ < settings_.streams.size()) return;
            at_ = 0;
            return go_on();
        case Stage::own:
            return on_own(reply);
        case Stage::count:
            return on_count(reply);
        case Stage::sweep:
            return on_swept(reply);
        case Stage::read:
            return on_read(reply);
        case Stage::rest:
            return;
    }
}

void Inbox::on_own(ReplyView reply) {
    Entries entries = contracts::read_streams(reply);
    drop_trimmed(settings_.streams[at_], entries.trimmed);
    const ReplyView list = reply[0][1];
    if (list.size() == 0) {
        own_after_ = "0";
        if (++at_ == settings_.streams.size()) {
            own_done_ = true;
            at_ = 0;
        }
        return go_on();
    }
    own_after_ = list[list.size() - 1][0].text();
    for (Entry& entry : entries.present)
        uncounted_.push_back(std::move(entry));
    if (uncounted_.empty()) return go_on();
    stage_ = Stage::count;
    const Entry& entry = uncounted_.front();
    link_.send({"XPENDING", entry.stream, settings_.group, entry.id, entry.id, "1"});
}

void Inbox::on_count(ReplyView reply) {
    Entry entry = std::move(uncounted_.front());
    uncounted_.pop_front();
    // [[id, consumer, idle, deliveries]]
    entry.deliveries = std::max<std::int64_t>(1, reply[0][3].integer());
    ready_.push_back(std::move(entry));
    go_on();
}

void Inbox::on_swept(ReplyView reply) {
    contracts::Claimed claimed = contracts::read_claimed(settings_.streams[at_], reply);
    drop_trimmed(settings_.streams[at_], claimed.entries.trimmed);
    cursor_ = claimed.cursor;
    if (cursor_ == kNothing && ++at_ == settings_.streams.size()) {
        at_ = 0;
        next_sweep_ = clock_.instant() + settings_.sweep_every;
    }
    if (claimed.entries.present.empty()) return go_on();
    uncounted_.push_back(std::move(claimed.entries.present.front()));
    stage_ = Stage::count;
    const Entry& entry = uncounted_.front();
    link_.send({"XPENDING", entry.stream, settings_.group, entry.id, entry.id, "1"});
}

void Inbox::on_read(ReplyView reply) {
    for (Entry& entry : contracts::read_streams(reply).present)
        ready_.push_back(std::move(entry));
    go_on();
}

void Inbox::drop_trimmed(const std::string& stream, const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    OwnedCommand command = words({"XACK", stream, settings_.group});
    command.insert(command.end(), ids.begin(), ids.end());
    link_.send(command);
    ++to_ignore_;
    for (const std::string& id : ids)
        log_.warning("an entry was trimmed while it was pending",
                     {{"stream", stream}, {"entry_id", id}});
}

}  // namespace wrapper
