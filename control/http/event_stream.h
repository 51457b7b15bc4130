// Server-sent events (text/event-stream): an answer that goes on until the client hangs up. A
// client that reconnects names the last event it saw (Last-Event-ID). A comment after each quiet
// interval keeps proxies from closing the connection.
#pragma once

#include "control/http/body_source.h"
#include "control/http/message.h"

namespace control {

struct ServerEvent {
    std::string id{};    // empty: the client keeps its last one
    std::string name{};  // empty: "message"
    std::string data;    // any text; its lines are kept, each ended with "\n"
};

[[nodiscard]] std::string render(const ServerEvent& event);
// The last event that the client saw; empty for a new client. Longer than 1 KiB counts as new.
[[nodiscard]] std::string_view last_event_id(const HttpRequest& request);

// Subclasses produce the events.
class EventBody : public BodySource {
public:
    static constexpr std::chrono::seconds kHeartbeat{15};
    static constexpr std::chrono::milliseconds kRetry{1'000};  // how soon a client reconnects

    explicit EventBody(std::chrono::milliseconds heartbeat = kHeartbeat) : heartbeat_(heartbeat) {}

    void begin(std::function<void()> wake) override { listen(std::move(wake)); }
    [[nodiscard]] std::optional<std::string> next() final;
    [[nodiscard]] std::chrono::milliseconds quiet() const final { return heartbeat_; }
    [[nodiscard]] bool is_endless() const final { return true; }

protected:
    // As BodySource::begin.
    virtual void listen(std::function<void()> wake) = 0;
    // Empty optional if there is no event now.
    [[nodiscard]] virtual std::optional<ServerEvent> next_event() = 0;
    // Call it after the last event: the answer ends. The client reconnects, as after any end.
    [[nodiscard]] virtual bool is_over() const { return false; }

private:
    using Clock = std::chrono::steady_clock;

    std::chrono::milliseconds heartbeat_;
    bool has_begun_ = false;
    Clock::time_point last_ = Clock::now();
};

[[nodiscard]] HttpResponse event_stream(std::shared_ptr<EventBody> body);

}  // namespace control
