#include "control/models/http_call.h"

#include "contracts/base/text.h"
#include "control/http/body_source.h"

#include <deque>
#include <mutex>
#include <optional>

namespace control {

namespace {

constexpr std::size_t kMostUnsent = 1 << 20;  // beyond it the provider has to wait for the client

// An answer in progress: the gateway adds pieces, the server takes them.
class AnswerPieces : public std::enable_shared_from_this<AnswerPieces> {
public:
    explicit AnswerPieces(std::shared_ptr<void> held) : held_(std::move(held)) {}

    void belongs_to(std::shared_ptr<GatewayCall> call) {
        {
            const std::scoped_lock lock(guard_);
            if (!is_over_) call_ = call;
            if (!is_dropped_) return;
        }
        call->cancel();  // the client left while the call was being started
    }
    void put(std::string piece) {
        const std::scoped_lock lock(guard_);
        if (is_over_) return;
        unsent_ += piece.size();
        pieces_.push_back(std::move(piece));
        if (unsent_ > kMostUnsent && !is_held_ && call_) {
            is_held_ = true;
            call_->hold();
        }
        if (wake_) wake_();
    }
    // The gateway has no more pieces.
    void end(bool is_whole) { const std::shared_ptr<GatewayCall> ended = finish(is_whole); }
    // The client is gone: no more pieces will be taken.
    void drop() {
        std::shared_ptr<GatewayCall> unread;
        {
            const std::scoped_lock lock(guard_);
            is_dropped_ = !is_over_;
        }
        if ((unread = finish(false))) unread->cancel();
    }
    void begin(std::function<void()> wake) {
        const std::scoped_lock lock(guard_);
        wake_ = std::move(wake);
    }
    std::optional<std::string> next() {
        const std::scoped_lock lock(guard_);
        if (pieces_.empty()) return is_over_ ? std::optional(std::string()) : std::nullopt;
        std::string piece = std::move(pieces_.front());
        pieces_.pop_front();
        unsent_ -= piece.size();
        if (is_held_ && unsent_ < kMostUnsent / 2 && call_) {
            is_held_ = false;
            call_->release();
        }
        return piece;
    }
    // Asked when all pieces have been taken.
    bool is_broken() const {
        const std::scoped_lock lock(guard_);
        return is_broken_ && pieces_.empty();
    }

private:
    // Returns the call that was in progress. What is let go ends outside of the lock.
    std::shared_ptr<GatewayCall> finish(bool is_whole) {
        std::shared_ptr<void> released;
        const std::scoped_lock lock(guard_);
        if (std::exchange(is_over_, true)) return nullptr;
        is_broken_ = !is_whole;
        released = std::move(held_);
        if (wake_) wake_();
        return std::exchange(call_, nullptr);
    }

    mutable std::mutex guard_;
    std::deque<std::string> pieces_;
    std::size_t unsent_ = 0;
    bool is_held_ = false;
    bool is_over_ = false;
    bool is_broken_ = false;
    bool is_dropped_ = false;
    std::function<void()> wake_;
    std::shared_ptr<GatewayCall> call_;
    std::shared_ptr<void> held_;
};

// The server's end of it. If the server drops it early, the client has hung up.
class AnswerBody final : public BodySource {
public:
    explicit AnswerBody(std::shared_ptr<AnswerPieces> pieces) : pieces_(std::move(pieces)) {}
    ~AnswerBody() override { pieces_->drop(); }
    void begin(std::function<void()> wake) override { pieces_->begin(std::move(wake)); }
    std::optional<std::string> next() override { return pieces_->next(); }
    bool is_broken() const override { return pieces_->is_broken(); }

private:
    std::shared_ptr<AnswerPieces> pieces_;
};

// Cancels the call of a client that is gone before its answer has begun.
using CancelledEarly = std::stop_callback<std::function<void()>>;

// The server adds its own framing to the answer. It has a use for Content-Length.
bool is_of_the_connection(std::string_view name) {
    const std::string lower = contracts::lower_case(name);
    for (const std::string_view dropped :
         {"connection", "transfer-encoding", "keep-alive", "trailer", "upgrade", "proxy-connection",
          "proxy-authenticate", "set-cookie", "alt-svc"})
        if (lower == dropped) return true;
    return false;
}

HttpResponse begun(int status, const std::vector<HttpHeader>& headers,
                   const std::shared_ptr<AnswerPieces>& pieces) {
    HttpResponse response{.status = status, .headers = {}, .body = {}};
    for (const HttpHeader& header : headers)
        if (!is_of_the_connection(header.name)) response.headers.push_back(header);
    response.stream = std::make_shared<AnswerBody>(pieces);
    return response;
}

}  // namespace

void start_http_call(ModelGateway& gateway, HttpCall call) {
    const auto pieces = std::make_shared<AnswerPieces>(std::move(call.held));
    const auto early =
        std::make_shared<CancelledEarly>(call.cancelled, [weak = std::weak_ptr(pieces)] {
            if (const std::shared_ptr<AnswerPieces> left = weak.lock()) left->drop();
        });
    const HttpReply reply = std::move(call.reply);
    pieces->belongs_to(
        gateway.start(std::move(call.request),
                      {.refused =
                           [reply, pieces](HttpResponse response) {
                               pieces->end(true);
                               reply(std::move(response));
                           },
                       .head =
                           [reply, pieces](int status, const std::vector<HttpHeader>& headers) {
                               reply(begun(status, headers, pieces));
                           },
                       .piece = [pieces](std::string bytes) { pieces->put(std::move(bytes)); },
                       .end =
                           [pieces, early](bool is_whole) {
                               pieces->end(is_whole);
                           }}));
}

std::string target_of(std::string path, const std::map<std::string, std::string>& query) {
    char mark = '?';
    for (const auto& [name, value] : query)
        path.append(1, std::exchange(mark, '&'))
            .append(encode_percent(name))
            .append("=")
            .append(encode_percent(value));
    return path;
}

}  // namespace control
