#include "control/bus/stream_reader.h"

namespace control {

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
      log_(std::move(log)),
      loop_(
          "reader of " + settings_.streams.front(),
          [this](const std::stop_token& stop) -> Result<std::chrono::milliseconds> {
              if (Result<void> read_so_far = read(stop); !read_so_far) return read_so_far.fault();
              return 0ms;
          },
          wake_, log_) {}

StreamReader::~StreamReader() {
    stop();
}

void StreamReader::start() {
    loop_.start();
}

void StreamReader::stop() {
    loop_.request_stop();
    bus_.interrupt();
    loop_.stop();
}

Result<void> StreamReader::read(const std::stop_token& stop) {
    Result<Connection*> connection = bus_.connection();
    if (!connection) return connection.fault();
    Consumer consumer(**connection, settings_, clock_, log_);
    if (Result<void> started = consumer.start(); !started) return started;
    loop_.report_working();
    while (!stop.stop_requested()) {
        Result<std::optional<Entry>> entry = consumer.next(5s);
        if (!entry) return entry.fault();
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
    return consumer.refuse(entry, done.error());  // also writes to the log
}

}  // namespace control
