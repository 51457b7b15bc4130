#include "control/bus/stream_reader.h"

#include "contracts/base/backoff.h"
#include "contracts/base/id.h"
#include "control/jobs/pause.h"

namespace control {

using contracts::Backoff;
using contracts::Connection;
using contracts::Consumer;
using contracts::Entry;
using contracts::fail;
using contracts::Result;
using namespace std::chrono_literals;

StreamReader::StreamReader(contracts::RedisAddress address, contracts::ConsumerSettings settings,
                           EntryHandler handler, const contracts::Clock& clock, contracts::Log log)
    : bus_(std::move(address)),
      settings_(std::move(settings)),
      handler_(std::move(handler)),
      clock_(clock),
      log_(std::move(log)) {}

StreamReader::~StreamReader() {
    stop();
}

void StreamReader::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void StreamReader::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    bus_.interrupt();
    thread_.join();
}

void StreamReader::run(const std::stop_token& stop) {
    Backoff backoff(100ms, 5s);
    while (!stop.stop_requested()) {
        const auto began = clock_.instant();
        const Result<void> read_so_far = read(stop);
        if (stop.stop_requested() || read_so_far) return;
        if (clock_.instant() - began > 10s) backoff.reset();
        log_.warning("bus connection lost", {{"stream", settings_.streams.front()},
                                             {"error", read_so_far.error().describe()}});
        pause(backoff.next(contracts::random_number()), stop);
    }
}

Result<void> StreamReader::read(const std::stop_token& stop) {
    Result<Connection*> connection = bus_.connection();
    if (!connection) return fail(std::move(connection.error()));
    Consumer consumer(**connection, settings_, clock_, log_);
    if (Result<void> started = consumer.start(); !started) return started;
    while (!stop.stop_requested()) {
        Result<std::optional<Entry>> entry = consumer.next(5s);
        if (!entry) return fail(std::move(entry.error()));
        if (!*entry) continue;
        if (Result<void> handled = handle(consumer, **entry); !handled) return handled;
    }
    return {};
}

Result<void> StreamReader::handle(Consumer& consumer, const Entry& entry) {
    const Result<void> done = handler_(entry);
    if (done) return consumer.acknowledge(entry);
    if (contracts::is_retryable(done.error().kind)) {
        log_.warning(
            "entry left pending",
            {{"stream", entry.stream}, {"entry", entry.id}, {"error", done.error().describe()}});
        return {};
    }
    return consumer.refuse(entry, done.error());  // and it tells the log
}

}  // namespace control
