#include "wrapper/delivery/inbox.h"

#include "contracts/streams/words.h"

#include <algorithm>
#include <utility>

namespace wrapper {

namespace {

using contracts::Entry;
using contracts::OwnedCommand;
using contracts::ReplyView;
using contracts::words;
using std::chrono::milliseconds;

constexpr milliseconds kBlock{20'000};
constexpr milliseconds kMargin{2'000};
constexpr std::size_t kIdlePage = 16;

}  // namespace

Inbox::Inbox(InboxSettings settings, const contracts::RedisAddress& address,
             const contracts::Clock& clock, contracts::Log log)
    : settings_(std::move(settings)),
      clock_(clock),
      log_(log),
      link_("input", address, clock, log) {
    for (const std::string& name : settings_.streams)
        streams_.push_back(Stream{name});
}

void Inbox::ask() {
    asked_ = true;
    link_.enable();
    if (expected_.empty() && link_.open()) go_on();
}

void Inbox::watch(PollSet& poll) {
    link_.watch(poll);
    if (asked_ && !ready_.empty()) poll.wake_at(clock_.instant());
}

void Inbox::step(const PollSet& poll) {
    switch (link_.step(poll)) {
        case Link::Change::opened:
            expected_.clear();
            begin();
            break;
        case Link::Change::lost:
            expected_.clear();
            break;
        case Link::Change::none:
            break;
    }
    while (std::optional<contracts::Reply> reply = link_.receive()) {
        const Expected expected = expected_.front();
        expected_.pop_front();
        on_reply(expected, reply->view());
        if (!link_.open()) return;
        if (expected_.empty()) go_on();
    }
}

std::optional<Entry> Inbox::take() {
    if (!asked_ || ready_.empty()) return std::nullopt;
    Entry entry = std::move(ready_.front());
    ready_.pop_front();
    // The others would become idle here while this one is worked on.
    if (!ready_.empty() || !uncounted_.empty()) forget();
    asked_ = false;
    return entry;
}

contracts::Claim Inbox::claim_of(const Entry& entry) const {
    return contracts::Claim{entry.stream, settings_.group, settings_.consumer, entry.id};
}

void Inbox::doubt() {
    if (reading()) link_.drop("the other connection was lost");
}

void Inbox::forget() {
    ready_.clear();
    uncounted_.clear();
    for (Stream& stream : streams_) {
        stream.own_after = "0";
        stream.own_done = false;
    }
}

void Inbox::begin() {
    forget();
    looked_ = 0;
    for (Stream& stream : streams_) {
        stream.page = "-";
        stream.abandoned.clear();
        stream.seen.clear();
        stream.swept = false;
    }
    next_sweep_ = clock_.instant();
    for (Stream& stream : streams_)
        ask_group(stream);
    // A stream that only we read is searched in the same exchange.
    if (asked_ && streams_.size() == 1) {
        ask_own(streams_.front());
        ask_idle(streams_.front());
    }
}

void Inbox::go_on() {
    if (!uncounted_.empty()) return ask_count(uncounted_.front());
    if (!ready_.empty() || !asked_) return;
    for (Stream& stream : streams_)
        if (!stream.own_done) return ask_own(stream);
    if (clock_.instant() >= next_sweep_) {
        for (Stream& stream : streams_) {
            if (!stream.abandoned.empty()) return ask_sweep(stream);
            if (!stream.swept) return ask_idle(stream);
        }
        milliseconds next = settings_.sweep_every;
        for (Stream& stream : streams_) {
            stream.swept = false;
            stream.suspects = std::exchange(stream.seen, {});
            if (!stream.suspects.empty()) next = std::min(next, patience_with_owner());
        }
        next_sweep_ = clock_.instant() + next;
    }
    // A read of several streams takes an entry of each, so they are read one by one before we wait.
    if (streams_.size() > 1 && looked_ < streams_.size()) return ask_new(looked_++, 1, false);
    looked_ = 0;
    ask_new(0, streams_.size(), true);
}

void Inbox::send(Question question, Stream* stream, const OwnedCommand& command,
                 milliseconds patience) {
    expected_.push_back({question, stream});
    link_.send(command, patience);
}

void Inbox::ask_group(Stream& stream) {
    send(Question::group, &stream, contracts::make_group(stream.name, settings_.group));
}

void Inbox::ask_own(Stream& stream) {
    send(Question::own, &stream,
         contracts::read_pending(member(), stream.name, stream.own_after, 1));
}

void Inbox::ask_sweep(Stream& stream) {
    send(Question::sweep, &stream,
         contracts::claim_idle(member(), stream.name, settings_.claim_after,
                               std::exchange(stream.abandoned, {}), 1));
}

void Inbox::ask_idle(Stream& stream) {
    send(Question::idle, &stream,
         words({"XPENDING", stream.name, settings_.group, "IDLE",
                std::to_string(suspect_after().count()), stream.page, "+",
                std::to_string(kIdlePage)}));
}

void Inbox::ask_count(const Entry& entry) {
    send(Question::count, nullptr, contracts::count_deliveries(entry, settings_.group));
}

// Until an entry arrives, or until the next sweep is due.
milliseconds Inbox::longest_wait() const {
    const auto until = std::chrono::ceil<milliseconds>(next_sweep_ - clock_.instant());
    return std::clamp(until, milliseconds{100}, kBlock);
}

void Inbox::ask_new(std::size_t first, std::size_t count, bool wait) {
    const milliseconds patience = longest_wait();
    std::vector<std::string> names;
    for (std::size_t i = first; i < first + count; ++i)
        names.push_back(streams_[i].name);
    send(Question::read, nullptr,
         contracts::read_new(member(), names, 1, wait ? patience : milliseconds{0}),
         patience + contracts::kCommandTimeout);
}

void Inbox::on_reply(Expected expected, ReplyView reply) {
    if (expected.question == Question::acknowledgement) return;
    if (reply.is_error() && !reply.text().starts_with("BUSYGROUP")) {
        if (!contracts::is_lost_group(reply)) return link_.drop(reply.text());
        // The other outstanding questions get the same error: their replies are ignored.
        for (Expected& other : expected_)
            other.question = Question::acknowledgement;
        return begin();
    }
    switch (expected.question) {
        case Question::own:
            return on_own(*expected.stream, reply);
        case Question::idle:
            return on_idle(*expected.stream, reply);
        case Question::sweep:
            return on_swept(*expected.stream, reply);
        case Question::count:
            return on_count(reply);
        case Question::read:
            return on_new(reply);
        case Question::group:
        case Question::acknowledgement:
            return;
    }
}

// If two entries arrive at the same moment, the first is kept. The other is marked as long idle, so
// that the next sweep of another worker takes it.
void Inbox::on_new(ReplyView reply) {
    for (Entry& entry : contracts::read_streams(reply).present) {
        looked_ = 0;
        if (ready_.empty()) {
            ready_.push_back(std::move(entry));
            continue;
        }
        send(Question::acknowledgement, nullptr,
             words({"XCLAIM", entry.stream, settings_.group, settings_.consumer, "0", entry.id,
                    "IDLE", std::to_string(settings_.claim_after.count()), "RETRYCOUNT", "0",
                    "JUSTID"}));
    }
}

void Inbox::on_own(Stream& stream, ReplyView reply) {
    contracts::PendingPage page = contracts::read_pending_page(reply);
    drop_trimmed(stream, page.entries.trimmed);
    stream.own_done = page.last.empty();
    if (!stream.own_done) stream.own_after = std::move(page.last);
    for (Entry& entry : page.entries.present)
        uncounted_.push_back(std::move(entry));
}

// How long an owner is given to renew its claim, which it does every third of `claim_after`.
milliseconds Inbox::patience_with_owner() const {
    return settings_.claim_after / 3 + kMargin;
}

// A living owner has renewed its claim by this idle time. We watch an entry from here on, so that
// our patience with its owner and `claim_after` end together.
milliseconds Inbox::suspect_after() const {
    return std::max(settings_.claim_after - patience_with_owner(), settings_.claim_after / 2);
}

bool Inbox::is_abandoned(Stream& stream, const std::string& id, milliseconds idle) {
    const contracts::Instant now = clock_.instant();
    contracts::Instant since = now;
    for (const Suspect& suspect : stream.suspects)
        if (suspect.id == id) since = suspect.since;
    stream.seen.push_back({id, since});
    return idle >= settings_.claim_after && now - since >= patience_with_owner();
}

void Inbox::on_idle(Stream& stream, ReplyView reply) {
    for (std::size_t i = 0; i < reply.size(); ++i) {
        // [id, consumer, idle, deliveries]
        const std::string id(reply[i][0].text());
        stream.page = "(" + id;
        if (reply[i][1].text() == settings_.consumer ||
            !is_abandoned(stream, id, milliseconds(reply[i][2].integer())))
            continue;
        stream.abandoned = id;
        return;
    }
    stream.swept = reply.size() < kIdlePage;
    if (stream.swept) stream.page = "-";
}

void Inbox::on_swept(Stream& stream, ReplyView reply) {
    contracts::Claimed claimed = contracts::read_claimed(stream.name, reply);
    drop_trimmed(stream, claimed.entries.trimmed);
    // Older Redis versions do not report the ids of deleted entries; only our pending list has
    // them.
    if (claimed.unnamed) {
        stream.own_after = "0";
        stream.own_done = false;
    }
    for (Entry& entry : claimed.entries.present)
        uncounted_.push_back(std::move(entry));
}

void Inbox::on_count(ReplyView reply) {
    Entry entry = std::move(uncounted_.front());
    uncounted_.pop_front();
    entry.deliveries = contracts::deliveries_in(reply);
    ready_.push_back(std::move(entry));
}

void Inbox::drop_trimmed(Stream& stream, const std::vector<std::string>& ids) {
    if (ids.empty()) return;
    send(Question::acknowledgement, nullptr,
         contracts::acknowledge(stream.name, settings_.group, ids));
    for (const std::string& id : ids)
        log_.warning("an entry was trimmed while it was pending",
                     {{"stream", stream.name}, {"entry_id", id}});
}

}  // namespace wrapper
