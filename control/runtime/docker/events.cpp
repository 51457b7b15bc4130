#include "control/runtime/docker/events.h"

#include "control/runtime/docker/container_spec.h"

#include <charconv>
#include <condition_variable>
#include <mutex>

namespace control::docker {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

std::optional<RuntimeEvent> parse_event(std::string_view line) {
    const auto event = contracts::parse_json(line);
    if (!event || text_at(*event, "Type") != "container") return std::nullopt;
    const std::string action = text_at(*event, "Action");
    if (action != "die" && action != "oom") return std::nullopt;
    const Json& actor = member(*event, "Actor");
    const Json& attributes = member(actor, "Attributes");
    RuntimeEvent ours;
    ours.kind = action == "die" ? RuntimeEvent::Kind::died : RuntimeEvent::Kind::out_of_memory;
    ours.id = text_at(actor, "ID");
    ours.worker_id = text_at(attributes, kWorkerLabel);
    if (ours.id.empty() || ours.worker_id.empty()) return std::nullopt;
    const std::string code = text_at(attributes, "exitCode");
    int number = 0;
    const auto read = std::from_chars(code.data(), code.data() + code.size(), number);
    if (read.ec == std::errc() && read.ptr == code.data() + code.size()) ours.exit_code = number;
    return ours;
}

std::string events_target(std::string_view owner) {
    const Json filters{
        {"type", Json::array({"container"})},
        {"event", Json::array({"die", "oom"})},
        {"label", Json::array({std::string(kOwnerLabel) + "=" + std::string(owner)})}};
    return "/events?filters=" + encode_percent(contracts::dump_json(filters));
}

namespace {

constexpr std::size_t kMostWaiting = 1 << 20;

// Between the client's thread, which must not wait, and the reader's, which may.
struct Feed {
    std::mutex mutex;
    std::condition_variable_any changed;
    int status = 0;  // 0: no headers yet
    std::string bytes;
    bool held = false;
    std::optional<Error> end;
    std::shared_ptr<HttpExchange> exchange;
};

ClientRequest subscription(const Engine& engine, const std::string& target,
                           const std::shared_ptr<Feed>& feed) {
    ClientRequest request = engine.request("GET", target);
    request.timeout = std::chrono::milliseconds(0);
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
    return request;
}

// Whole lines that have come; waits for one. Empty: stopped, or the stream has ended.
std::string next_lines(Feed& feed, const std::stop_token& stop) {
    std::unique_lock lock(feed.mutex);
    const auto some = [&feed] {
        return feed.bytes.find('\n') != std::string::npos;
    };
    feed.changed.wait(lock, stop, [&] { return some() || feed.end.has_value(); });
    if (stop.stop_requested() || !some()) return {};
    const std::size_t size = feed.bytes.rfind('\n') + 1;
    std::string lines = feed.bytes.substr(0, size);
    feed.bytes.erase(0, size);
    if (feed.held) {
        feed.held = false;
        feed.exchange->release_data();
    }
    return lines;
}

void report_each(std::string_view lines, const std::function<void(std::string_view)>& report) {
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        report(lines.substr(0, end));
        lines.remove_prefix(end + 1);
    }
}

}  // namespace

Result<void> follow_lines(const Engine& engine, const std::string& target,
                          const std::function<void()>& opened,
                          const std::function<void(std::string_view line)>& report,
                          std::stop_token stop) {
    const auto feed = std::make_shared<Feed>();
    const auto exchange = engine.http().start(
        subscription(engine, target, feed), [feed](Result<HttpResponse> answer) {
            const std::lock_guard lock(feed->mutex);
            feed->end = answer ? Error{ErrorKind::transient, "the engine ended the stream"}
                               : std::move(answer.error());
            feed->exchange.reset();
            feed->changed.notify_all();
        });
    const std::stop_callback cancel(stop, [&exchange] { exchange->cancel(); });
    {
        std::unique_lock lock(feed->mutex);
        if (!feed->end) feed->exchange = exchange;
        feed->changed.wait(lock, stop, [&] { return feed->status != 0 || feed->end; });
        if (feed->status == 200) {
            lock.unlock();
            opened();
        }
    }
    for (std::string lines; !(lines = next_lines(*feed, stop)).empty();) {
        if (feed->status == 200) report_each(lines, report);
    }
    if (stop.stop_requested()) return {};
    const std::lock_guard lock(feed->mutex);
    if (feed->status != 0 && feed->status != 200)
        return fail(refusal(feed->status, feed->bytes, "the engine's stream"));
    return fail(std::move(*feed->end).context("the engine's stream"));
}

}  // namespace control::docker
