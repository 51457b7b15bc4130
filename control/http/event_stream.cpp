#include "control/http/event_stream.h"

#include <utility>

namespace control {

namespace {

constexpr std::size_t kMaxEventId = 1 << 10;

// The value of a field is one line: anything that a browser takes for a line end would start
// another field.
void append_line(std::string& text, std::string_view field, std::string_view value) {
    text.append(field).append(": ");
    for (const char c : value)
        text += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    text += '\n';
}

}  // namespace

std::string render(const ServerEvent& event) {
    std::string text;
    text.reserve(event.data.size() + 64);
    if (!event.id.empty()) append_line(text, "id", event.id);
    if (!event.name.empty()) append_line(text, "event", event.name);
    std::string_view rest = event.data;
    while (true) {
        const std::size_t end = rest.find_first_of("\r\n");
        append_line(text, "data", rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    return text.append("\n");
}

std::string_view last_event_id(const HttpRequest& request) {
    const std::string_view id = request.header("Last-Event-ID");
    return id.size() <= kMaxEventId ? id : std::string_view();
}

std::optional<std::string> EventBody::next() {
    const Clock::time_point now = Clock::now();
    std::string text;
    if (!std::exchange(has_begun_, true))
        append_line(text, "retry", std::to_string(kRetry.count()));
    if (const std::optional<ServerEvent> event = next_event())
        text.append(render(*event));
    else if (is_over())
        return std::string();
    else if (text.empty() && now - last_ < heartbeat_)
        return std::nullopt;
    else
        text.append(":\n\n");
    last_ = now;
    return text;
}

HttpResponse event_stream(std::shared_ptr<EventBody> body) {
    // no-transform, X-Accel-Buffering: a proxy that buffers would delay the events.
    return {.status = 200,
            .headers = {{"Content-Type", "text/event-stream; charset=utf-8"},
                        {"Cache-Control", "no-store, no-transform"},
                        {"X-Accel-Buffering", "no"}},
            .body = {},
            .stream = std::move(body)};
}

}  // namespace control
