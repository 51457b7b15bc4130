#include "control/http/lines.h"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::size_t kMostWaiting = 1 << 20;

// Shared by the client's thread, which must not wait, and the reader's, which may.
struct Feed {
    std::mutex mutex;
    std::condition_variable_any changed;
    int status = 0;  // 0: no headers yet
    std::string bytes;
    bool held = false;
    bool ended = false;
    std::optional<Error> error;
    std::shared_ptr<HttpExchange> exchange;  // while it is in progress
};

void connect(ClientRequest& request, const std::shared_ptr<Feed>& feed) {
    request.on_headers = [feed](int status, const std::vector<HttpHeader>&) {
        const std::lock_guard lock(feed->mutex);
        feed->status = status;
        feed->changed.notify_all();
    };
    request.on_data = [feed](std::string_view data) {
        const std::lock_guard lock(feed->mutex);
        feed->bytes.append(data);
        if (feed->bytes.size() > kMostWaiting && feed->exchange && !feed->held) {
            feed->held = true;
            feed->exchange->hold_data();
        }
        feed->changed.notify_all();
        return true;
    };
}

void end(Feed& feed, Result<HttpResponse> answer) {
    const std::lock_guard lock(feed.mutex);
    feed.ended = true;
    if (!answer) feed.error = std::move(answer.error());
    feed.exchange.reset();
    feed.changed.notify_all();
}

// The complete lines that have arrived; waits for one. Empty if stopped, or if the answer has
// ended.
std::string next_lines(Feed& feed, const std::stop_token& stop) {
    std::unique_lock lock(feed.mutex);
    const auto some = [&feed] {
        return feed.status == 200 && feed.bytes.find('\n') != std::string::npos;
    };
    feed.changed.wait(lock, stop, [&] { return some() || feed.ended; });
    if (stop.stop_requested() || !some()) return {};
    const std::size_t size = feed.bytes.rfind('\n') + 1;
    std::string lines = feed.bytes.substr(0, size);
    feed.bytes.erase(0, size);
    if (feed.held && feed.exchange) feed.exchange->release_data();
    feed.held = false;
    return lines;
}

void report_each(std::string_view lines, const std::function<void(std::string_view)>& report) {
    while (!lines.empty()) {
        const std::size_t size = lines.find('\n');
        report(lines.substr(0, size));
        lines.remove_prefix(size + 1);
    }
}

}  // namespace

Result<LinesEnd> read_lines(HttpClient& http, ClientRequest request,
                            const std::function<void()>& opened,
                            const std::function<void(std::string_view line)>& report,
                            std::stop_token stop) {
    const auto feed = std::make_shared<Feed>();
    connect(request, feed);
    const auto exchange = http.start(
        std::move(request), [feed](Result<HttpResponse> answer) { end(*feed, std::move(answer)); });
    const std::stop_callback cancel(stop, [&exchange] { exchange->cancel(); });
    std::unique_lock lock(feed->mutex);
    if (!feed->ended) feed->exchange = exchange;
    feed->changed.wait(lock, stop, [&feed] { return feed->status != 0 || feed->ended; });
    const bool accepted = feed->status == 200;
    lock.unlock();
    if (accepted) opened();
    for (std::string lines; !(lines = next_lines(*feed, stop)).empty();)
        report_each(lines, report);
    lock.lock();
    // Also after a stop: until then the request's functions may be called.
    feed->changed.wait(lock, [&feed] { return feed->ended; });
    if (stop.stop_requested()) return fail(ErrorKind::transient, "stopped by the caller");
    if (feed->error) return fail(std::move(*feed->error));
    return LinesEnd{feed->status, std::move(feed->bytes)};
}

}  // namespace control
