#include "control/chat/chat.h"

#include "contracts/base/backoff.h"
#include "contracts/base/id.h"
#include "contracts/streams/names.h"
#include "control/jobs/pause.h"

namespace control::chat {

namespace names = contracts::names;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

// An entry whose handling failed for a reason that may pass is tried again after this time.
constexpr milliseconds kClaimAfter{10'000};
// Workers created through another daemon are found within this time.
constexpr milliseconds kOthersWorkers{2'000};
constexpr milliseconds kTick{500};

}  // namespace

ChatRole::ChatRole(ChatNeeds needs)
    : needs_(std::move(needs)),
      consumer_name_(names::consumer_name("chat")),
      reader_bus_(needs_.redis),
      desk_bus_(needs_.redis),
      ticker_bus_(needs_.redis),
      desk_(needs_, desk_bus_),
      ticker_desk_(needs_, ticker_bus_),
      progress_(needs_),
      ticker_(
          "chat", [this] { return tick(); }, tick_soon_, needs_.log),
      progress_loop_(
          "chat progress", [this] { return progress_.run_once(); }, progress_soon_, needs_.log) {}

ChatRole::~ChatRole() {
    stop();
}

Result<void> ChatRole::start() {
    reader_ = std::jthread([this](const std::stop_token& stop) { run_reader(stop); });
    ticker_.start();
    progress_loop_.start();
    return {};
}

void ChatRole::stop() {
    if (reader_.joinable()) {
        reader_.request_stop();
        for (Bus* bus : {&reader_bus_, &desk_bus_, &ticker_bus_})
            bus->interrupt();
        progress_.interrupt();
        reader_.join();
    }
    ticker_.stop();
    progress_loop_.stop();
}

void ChatRole::run_reader(const std::stop_token& stop) {
    contracts::Backoff backoff(100ms, 5s);
    while (!stop.stop_requested()) {
        const auto began = needs_.clock.instant();
        const Result<void> done = read(stop);
        if (stop.stop_requested()) return;
        if (done) continue;
        if (needs_.clock.instant() - began > 10s) backoff.reset();
        needs_.log.warning("the chat's reader starts again", {{"error", done.error().describe()}});
        pause(backoff.next(contracts::random_number()), stop);
    }
}

Result<std::vector<std::string>> ChatRole::streams() {
    std::vector<std::string> streams{std::string(names::kChatInbox),
                                     std::string(names::kWorkerResponsesPo),
                                     std::string(names::kChatNotices)};
    Result<std::vector<ChatWorker>> workers = chats::workers(needs_.database);
    if (!workers) return workers.fault();
    for (const ChatWorker& worker : *workers)
        streams.push_back(names::po_output(worker.worker_id));
    return streams;
}

Result<void> ChatRole::read(const std::stop_token& stop) {
    Result<contracts::Connection*> connection = reader_bus_.connection();
    if (!connection) return connection.fault();
    Result<std::vector<std::string>> read = streams();
    if (!read) return read.fault();
    contracts::ConsumerSettings settings{.streams = *read,
                                         .group = std::string(names::kChatGroup),
                                         .name = consumer_name_,
                                         .service = "chat",
                                         .claim_after = kClaimAfter,
                                         .sweep_every = kClaimAfter / 2};
    contracts::Consumer consumer(**connection, settings, needs_.clock, needs_.log);
    if (Result<void> started = consumer.start(); !started) return started;
    while (!stop.stop_requested()) {
        Result<std::optional<contracts::Entry>> entry = consumer.next(kOthersWorkers);
        if (!entry) return entry.fault();
        if (*entry)
            if (Result<void> handled = handle(consumer, **entry); !handled) return handled;
        // Entries that this consumer has fetched and not handled stay pending, and it will read
        // them again.
        if (*entry && (*entry)->stream != names::kWorkerResponsesPo) continue;
        Result<std::vector<std::string>> now = streams();
        if (!now) return now.fault();
        if (*now != *read) return {};
    }
    return {};
}

Result<void> ChatRole::handle(contracts::Consumer& consumer, const contracts::Entry& entry) {
    const Result<Shown> taken = desk_.take(entry);
    if (!taken && contracts::is_retryable(taken.error().kind)) {
        needs_.log.warning(
            "entry left pending",
            {{"stream", entry.stream}, {"entry", entry.id}, {"error", taken.error().describe()}});
        return {};
    }
    if (!taken) return consumer.refuse(entry, taken.error());
    progress_.show(*taken);
    if (!taken->text.empty()) progress_soon_.notify();
    // The ticker delivers what fails here.
    if (Result<std::int64_t> sent = deliver(needs_, desk_bus_); !sent) tick_soon_.notify();
    return consumer.acknowledge(entry);
}

Result<milliseconds> ChatRole::tick() {
    if (Result<std::int64_t> late = ticker_desk_.take_lateness(); !late) return late.fault();
    if (needs_.clock.instant() >= next_look_) {
        next_look_ = needs_.clock.instant() + needs_.settings.vanished_after;
        if (Result<void> lost = ticker_desk_.take_losses(); !lost) return lost.fault();
    }
    if (Result<void> forgotten = ticker_desk_.forget_retired(); !forgotten)
        return forgotten.fault();
    Result<std::int64_t> sent = deliver(needs_, ticker_bus_);
    if (!sent) return sent.fault();
    return *sent > 0 ? 0ms : kTick;
}

}  // namespace control::chat
