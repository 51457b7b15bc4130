#include "control/http/connection.h"

#include "control/http/server.h"

#include <array>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <charconv>
#include <ctime>
#include <utility>

namespace control {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using contracts::ErrorKind;

namespace {

constexpr std::chrono::seconds kDrain{2};
constexpr std::size_t kReadSize = 64 << 10;
constexpr std::size_t kWatchSize = 512;  // of each client that an answer is streamed to

// Answers once; if no copy ever answers, the destructor of the last one does.
class ReplyOnce {
public:
    ReplyOnce(std::shared_ptr<Mailbox> mailbox, std::function<void(HttpResponse)> deliver)
        : mailbox_(std::move(mailbox)), deliver_(std::move(deliver)) {}
    ~ReplyOnce() {
        if (!answered_) (*this)(problem(500, {}));
    }

    void operator()(HttpResponse response) {
        if (answered_.exchange(true)) return;
        const std::lock_guard lock(mailbox_->mutex);
        if (mailbox_->loop == nullptr) return;
        // Posted even from the loop's own thread: a chain of instant answers must not grow the
        // stack.
        asio::post(mailbox_->loop->context(),
                   [deliver = std::move(deliver_), response = std::move(response)]() mutable {
                       deliver(std::move(response));
                   });
    }

private:
    std::shared_ptr<Mailbox> mailbox_;
    std::function<void(HttpResponse)> deliver_;
    std::atomic<bool> answered_ = false;
};

// The path of "/path?query" or "http://host/path?query".
std::string_view path_of(std::string_view target) {
    if (target.starts_with("http://") || target.starts_with("https://")) {
        const std::size_t slash = target.find('/', target.find("//") + 2);
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
    }
    return target;
}

// The first thing in a request that another server, before or after us, could read differently (RFC
// 9112, 3.2 and 6.1): where this request ends, or for which host it is. Empty if there is none.
std::string_view fault_of(const http::request<http::string_body>& request) {
    const bool is_old = request.version() < 11;
    const std::size_t codings = request.count(http::field::transfer_encoding);
    if (codings > 0 && is_old) return "HTTP/1.0 has no Transfer-Encoding";
    if (codings > 1 || (codings == 1 &&
                        !boost::beast::iequals(request[http::field::transfer_encoding], "chunked")))
        return "Transfer-Encoding must be chunked or absent";
    const std::size_t hosts = request.count(http::field::host);
    if (hosts > 1 || (hosts == 0 && !is_old)) return "Host must appear exactly once";
    return {};
}

std::string date_header() {
    thread_local std::time_t made_at = 0;
    thread_local std::string line;
    const std::time_t now = std::time(nullptr);
    if (now != made_at) {
        std::tm utc{};
        ::gmtime_r(&now, &utc);
        char text[64];
        const std::size_t length =
            std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
        line.assign(text, length);
        made_at = now;
    }
    return line;
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ");
    // A line feed in a value would start a header that somebody else chose.
    for (const char c : value)
        head += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    head += "\r\n";
}

enum class Length { known, chunked, until_close };

std::string render_head(const HttpResponse& response, bool keep, Length length = Length::known) {
    const auto reason =
        http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
    std::string head = "HTTP/1.1 ";
    head.append(std::to_string(response.status)).append(" ").append(reason.data(), reason.size());
    head.append("\r\n").append(date_header());
    for (const HttpHeader& header : response.headers) {
        // A known length shows an HTTP/1.0 client that a streamed body broke off; chunks show it
        // by themselves.
        if (length == Length::chunked && boost::beast::iequals(header.name, "Content-Length"))
            continue;
        append_field(head, header.name, header.value);
    }
    if (length == Length::chunked)
        append_field(head, "Transfer-Encoding", "chunked");
    else if (length == Length::known && response.status != 204 && response.status != 304)
        append_field(head, "Content-Length", std::to_string(response.body.size()));
    append_field(head, "Connection", keep ? "keep-alive" : "close");
    return head.append("\r\n");
}

}  // namespace

Connection::Connection(Socket socket, std::shared_ptr<Door> door, std::shared_ptr<Mailbox> mailbox,
                       std::chrono::milliseconds idle_timeout,
                       std::function<void(Connection&)> ended)
    : door_(std::move(door)),
      stream_(door_->tls ? Stream(std::move(socket), *door_->tls) : Stream(std::move(socket))),
      mailbox_(std::move(mailbox)),
      idle_timeout_(idle_timeout),
      ended_(std::move(ended)) {}

void Connection::start() {
    deadline_ = Clock::now() + idle_timeout_;
    stream_.async_handshake([self = shared_from_this()](Failure failure) {
        if (self->phase_ == Phase::closed) return;
        if (failure) return self->close();
        self->read_header();
    });
}

void Connection::finish() {
    keep_ = false;
    finishing_ = true;
    if (phase_ == Phase::reading || door_->cancels) return close();
    // An answer without an end of its own ends here; a piece that is being sent is completed.
    if (phase_ == Phase::streaming && !sending_ && source_->is_endless()) close();
}

void Connection::close() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    give_room_back();
    source_.reset();
    cancel_.request_stop();
    Failure ignored;
    (void)stream_.socket().close(ignored);
    ended_(*this);
}

void Connection::give_up() {
    if (phase_ == Phase::streaming && !sending_) return pump();
    if (phase_ != Phase::answering) return close();
    keep_ = false;  // the late answer may still come, and must not reach another request
    answer(problem({ErrorKind::transient,
                    "there was no answer in time; the request may still be carried out",
                    {},
                    "ask again, with the same Idempotency-Key if there was one"}));
}

void Connection::read_header() {
    phase_ = Phase::reading;
    deadline_ = Clock::now() + idle_timeout_;
    parser_.emplace();
    parser_->header_limit(kMaxHeaders);
    parser_->body_limit(door_->max_body);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](Failure failure, std::size_t) { self->on_header(failure); });
}

void Connection::on_header(Failure failure) {
    if (phase_ == Phase::closed) return;
    is_head_ = parser_->get().method() == http::verb::head;
    if (failure) return refuse(failure);
    if (const std::string_view fault = fault_of(parser_->get()); !fault.empty()) {
        keep_ = false;
        unread_ = true;
        return answer(problem(400, {ErrorKind::invalid, std::string(fault)}));
    }
    if (parser_->get().version() < 11 ||
        !boost::beast::iequals(parser_->get()[http::field::expect], "100-continue"))
        return read_body();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = shared_from_this()](Failure broken, std::size_t) {
                          if (broken) return self->close();
                          self->read_body();
                      });
}

void Connection::read_body() {
    if (parser_->is_done()) return serve();
    http::async_read_some(stream_, buffer_, *parser_,
                          [self = shared_from_this()](Failure failure, std::size_t) {
                              if (self->phase_ == Phase::closed) return;
                              if (failure) return self->refuse(failure);
                              if (self->take_room()) return self->read_body();
                              self->keep_ = false;
                              self->unread_ = true;
                              self->answer(problem({ErrorKind::transient,
                                                    "too many large bodies are being sent",
                                                    {},
                                                    "send it again"}));
                          });
}

bool Connection::take_room() {
    const std::size_t size = parser_->get().body().size();
    if (size <= kSmallBody || size <= room_) return true;
    if (size - room_ > door_->room) return false;
    door_->room -= size - room_;
    room_ = size;
    return true;
}

void Connection::give_room_back() {
    door_->room += std::exchange(room_, 0);
}

void Connection::serve() {
    auto& message = parser_->get();
    // After CONNECT the client may take the following bytes for those of its tunnel.
    keep_ = keep_ && message.keep_alive() && message.method() != http::verb::connect;
    phase_ = Phase::answering;
    deadline_ = door_->answer_within.count() > 0 ? Clock::now() + door_->answer_within
                                                 : Clock::time_point::max();

    HttpRequest request;
    request.method = message.method_string();
    const std::string_view target = path_of({message.target().data(), message.target().size()});
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    contracts::Result<std::map<std::string, std::string>> query =
        parse_query(target.substr(std::min(mark + 1, target.size())));
    if (!query) return answer(problem(400, query.error()));
    request.query = std::move(*query);
    for (const auto& field : message)
        request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    request.body = std::move(message.body());
    if (door_->cancels) {
        cancel_ = std::stop_source();
        request.cancelled = cancel_.get_token();
        if (!watching_) watch();
    }
    call_handler(std::move(request));
}

void Connection::call_handler(HttpRequest request) {
    // The reply does not keep the connection alive: it may outlive the loop, and the socket must
    // not.
    auto reply =
        std::make_shared<ReplyOnce>(mailbox_, [weak = weak_from_this()](HttpResponse response) {
            const std::shared_ptr<Connection> self = weak.lock();
            if (self && self->phase_ == Phase::answering) self->answer(std::move(response));
        });
    const std::lock_guard lock(door_->serving);
    if (!door_->open) {
        keep_ = false;
        return (*reply)(
            problem({ErrorKind::transient, "this socket does not take requests any more"}));
    }
    try {
        door_->handler(std::move(request),
                       [reply](HttpResponse response) { (*reply)(std::move(response)); });
    } catch (const std::exception&) {
        (*reply)(problem(500, {}));
    }
}

// A request that cannot be parsed gets an answer where the client may still be listening.
void Connection::refuse(Failure failure) {
    keep_ = false;
    unread_ = true;
    if (failure == http::error::body_limit)
        return answer(
            problem(413, {ErrorKind::invalid,
                          "the body has more than " + std::to_string(door_->max_body) + " bytes"}));
    if (failure == http::error::header_limit || failure == http::error::buffer_overflow)
        return answer(
            problem(431, {ErrorKind::invalid,
                          "the header has more than " + std::to_string(kMaxHeaders) + " bytes"}));
    if (failure.category() != make_error_code(http::error::bad_method).category() ||
        failure == http::error::end_of_stream || failure == http::error::partial_message)
        return close();
    answer(problem(400, {ErrorKind::invalid, "not an HTTP request: " + failure.message()}));
}

void Connection::answer(HttpResponse response) {
    give_room_back();
    if (response.stream) return stream(std::move(response));
    phase_ = Phase::writing;
    deadline_ = Clock::now() + idle_timeout_;
    head_ = render_head(response, keep_);
    body_ = is_head_ || response.status == 204 || response.status == 304 ? std::string()
                                                                         : std::move(response.body);
    const std::array<asio::const_buffer, 2> whole{asio::buffer(head_), asio::buffer(body_)};
    asio::async_write(stream_, whole, [self = shared_from_this()](Failure failure, std::size_t) {
        self->on_written(failure);
    });
}

void Connection::on_written(Failure failure) {
    if (phase_ == Phase::closed) return;
    if (failure) return close();
    if (keep_ && !watching_) return read_header();
    if (keep_) {
        // The current read gets the next request's first bytes.
        phase_ = Phase::reading;
        deadline_ = Clock::now() + idle_timeout_;
        return;
    }
    if (!unread_) return close();
    phase_ = Phase::draining;
    deadline_ = Clock::now() + kDrain;
    Failure ignored;
    (void)stream_.socket().shutdown(Socket::shutdown_send, ignored);
    drain();
}

void Connection::stream(HttpResponse response) {
    phase_ = Phase::streaming;
    deadline_ = Clock::now() + idle_timeout_;
    const bool has_body = !is_head_ && response.status != 204 && response.status != 304;
    chunked_ = parser_->get().version() >= 11;
    keep_ = keep_ && chunked_;
    const Length length = chunked_ ? Length::chunked : Length::until_close;
    head_ = render_head(response, keep_, is_head_ || has_body ? length : Length::known);
    source_ = std::move(response.stream);
    sending_ = true;
    asio::async_write(stream_, asio::buffer(head_),
                      [self = shared_from_this(), has_body](Failure failure, std::size_t) {
                          self->sending_ = false;
                          if (self->phase_ == Phase::closed) return;
                          if (failure) return self->close();
                          if (!has_body) {
                              self->source_.reset();
                              return self->on_written({});
                          }
                          if (!self->watching_) self->watch();
                          self->source_->begin(self->make_wake());
                          self->pump();
                      });
}

void Connection::pump() {
    if (phase_ != Phase::streaming || sending_ || !source_) return;
    std::optional<std::string> piece;
    try {
        piece = source_->next();
    } catch (const std::exception&) {
        return close();
    }
    if (source_->is_broken()) return close();
    const auto now = Clock::now();
    if (!piece) {
        const auto quiet = source_->quiet();
        deadline_ = quiet.count() > 0 ? now + quiet : Clock::time_point::max();
        return;
    }
    deadline_ = now + idle_timeout_;
    send_piece(*std::move(piece));
}

void Connection::send_piece(std::string piece) {
    const bool is_last = piece.empty();
    if (is_last) source_.reset();
    if (chunked_) {
        std::array<char, 24> size{};
        const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16);
        head_.assign(size.data(), end.ptr).append("\r\n");
        piece.append("\r\n");
    } else {
        head_.clear();
    }
    body_ = std::move(piece);
    sending_ = true;
    const std::array<asio::const_buffer, 2> whole{asio::buffer(head_), asio::buffer(body_)};
    asio::async_write(stream_, whole,
                      [self = shared_from_this(), is_last](Failure failure, std::size_t) {
                          self->sending_ = false;
                          self->body_.clear();
                          if (self->phase_ == Phase::closed) return;
                          if (failure) return self->close();
                          if (is_last) return self->on_written({});
                          if (self->finishing_ && self->source_->is_endless()) return self->close();
                          self->pump();
                      });
}

void Connection::watch() {
    if (buffer_.size() > 0) return;  // the next request has arrived, so the client is there
    watching_ = true;
    stream_.async_read_some(buffer_.prepare(kWatchSize),
                            [self = shared_from_this()](Failure failure, std::size_t size) {
                                self->on_watched(failure, size);
                            });
}

void Connection::on_watched(Failure failure, std::size_t size) {
    watching_ = false;
    if (phase_ == Phase::closed) return;
    buffer_.commit(size);
    if (phase_ == Phase::reading) return failure ? close() : read_header();
    // A client that only closed its sending side still gets an answer that has an end. An answer
    // without one would be sent forever: such a client looks the same as one that is gone.
    const bool goes_on = !door_->cancels && !(source_ && source_->is_endless());
    if (failure && (failure != asio::error::eof || !goes_on)) return close();
    // Nothing more comes, and another read would not report that again.
    if (failure) keep_ = false;
}

std::function<void()> Connection::make_wake() {
    // Many calls count as one until the loop gets to it.
    auto is_posted = std::make_shared<std::atomic<bool>>(false);
    return [mailbox = mailbox_, weak = weak_from_this(), is_posted] {
        if (is_posted->exchange(true)) return;
        const std::lock_guard lock(mailbox->mutex);
        if (mailbox->loop == nullptr) return;
        mailbox->loop->post([weak, is_posted] {
            is_posted->store(false);
            if (const std::shared_ptr<Connection> self = weak.lock()) self->pump();
        });
    };
}

// Closing with unread bytes would reset the connection and take the answer away from the client.
void Connection::drain() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kReadSize),
                            [self = shared_from_this()](Failure failure, std::size_t) {
                                if (self->phase_ == Phase::closed) return;
                                if (failure) return self->close();
                                self->drain();
                            });
}

}  // namespace control
