// model.sock: the models' APIs, Anthropic's and OpenAI's. A request is taken whole and given to the
// model gateway as this worker's; the answer streams back as it comes, no faster than the worker
// reads it.
#include "control/gate/socket_door.h"

#include <sys/socket.h>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <optional>

namespace control {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

using Failure = boost::system::error_code;

constexpr std::size_t kMaxRequest = 32 << 20;   // the most that the upstream accepts
constexpr std::size_t kMaxRequests = 96 << 20;  // of one worker at a time, in memory
constexpr std::size_t kMaxUnsent = 1 << 20;     // beyond it the upstream waits for the worker

// Bytes of requests that one door may hold at once. On the loop.
class Room {
public:
    // False when it holds too much already.
    bool take(std::size_t bytes) {
        if (taken_ + bytes > kMaxRequests) return false;
        taken_ += bytes;
        return true;
    }
    void give_back(std::size_t bytes) { taken_ -= bytes; }

private:
    std::size_t taken_ = 0;
};

bool equals(std::string_view a, std::string_view b) {
    return boost::beast::iequals(boost::beast::string_view(a.data(), a.size()),
                                 boost::beast::string_view(b.data(), b.size()));
}

bool is_dropped_on_the_way_back(std::string_view name) {
    for (const std::string_view dropped :
         {"connection", "content-length", "transfer-encoding", "keep-alive", "trailer", "upgrade",
          "proxy-connection", "proxy-authenticate", "set-cookie", "alt-svc"})
        if (equals(name, dropped)) return true;
    return false;
}

// How the end of an answer's body is told (RFC 9112, 6.3).
enum class Framing {
    none,        // there is no body: the answer to HEAD, and 204 and 304
    chunked,     // HTTP/1.1
    until_close  // HTTP/1.0 knows no chunks
};

struct Asked {
    bool head = false;
    bool old = false;  // HTTP/1.0
    bool keep = true;  // the connection
};

Framing framing_of(const Asked& asked, int status) {
    if (asked.head || status < 200 || status == 204 || status == 304) return Framing::none;
    return asked.old ? Framing::until_close : Framing::chunked;
}

std::string head_of(const Asked& asked, int status, const std::vector<HttpHeader>& headers) {
    const Framing framing = framing_of(asked, status);
    std::string head = "HTTP/1.1 " + std::to_string(status) + " .\r\n";
    for (const HttpHeader& header : headers)
        if (!is_dropped_on_the_way_back(header.name) ||
            // So that an answer that breaks off looks broken.
            (framing == Framing::until_close && equals(header.name, "content-length")))
            head.append(header.name).append(": ").append(header.value).append("\r\n");
    if (framing == Framing::chunked) head += "Transfer-Encoding: chunked\r\n";
    if (!asked.keep) head += "Connection: close\r\n";
    return head + "\r\n";
}

std::string piece_of(Framing framing, std::string_view bytes) {
    if (framing == Framing::none) return {};
    if (framing == Framing::until_close) return std::string(bytes);
    char size[20];
    const int length = std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    std::string chunk(size, static_cast<std::size_t>(length));
    return chunk.append(bytes).append("\r\n");
}

std::string end_of(Framing framing) {
    return framing == Framing::chunked ? "0\r\n\r\n" : std::string();
}

class ModelPassage final : public Passage, public std::enable_shared_from_this<ModelPassage> {
public:
    ModelPassage(EventLoop& loop, std::shared_ptr<ModelGateway> models, std::shared_ptr<Room> room,
                 ModelCaller caller, LocalSocket worker)
        : loop_(loop),
          models_(std::move(models)),
          room_(std::move(room)),
          caller_(std::move(caller)),
          worker_(std::move(worker)) {}

    ~ModelPassage() override { room_->give_back(taken_); }

    void read() {
        room_->give_back(std::exchange(taken_, 0));
        parser_.emplace();
        parser_->body_limit(kMaxRequest);
        http::async_read_header(worker_, buffer_, *parser_,
                                [self = shared_from_this()](Failure failure, std::size_t) {
                                    if (failure) return self->refuse_unreadable(failure);
                                    self->admit();
                                });
    }

    void end() override {
        Failure ignored;
        (void)worker_.close(ignored);  // it is closed in any case
        if (call_) call_->cancel();
        call_.reset();
        is_under_way_ = false;
    }

private:
    // The gateway's threads hand everything to the loop; there is no other shared state.
    template <class Work>
    void on_loop(Work work) {
        loop_.post([self = shared_from_this(), work = std::move(work)]() mutable { work(*self); });
    }

    void note_how_it_asks() {
        const auto& head = parser_->get();
        asked_ = {.head = head.method() == http::verb::head,
                  .old = head.version() < 11,
                  // After CONNECT the worker may take the following bytes for its tunnel.
                  .keep = head.version() >= 11 && head.keep_alive() &&
                          head.method() != http::verb::connect};
    }

    // Before the body: whether there is room for it.
    void admit() {
        note_how_it_asks();
        const std::uint64_t announced =
            parser_->chunked() ? kMaxRequest : parser_->content_length().value_or(0);
        const auto bytes =
            static_cast<std::size_t>(std::min<std::uint64_t>(announced, kMaxRequest));
        if (!room_->take(bytes)) {
            asked_.keep = false;
            return refuse(problem(429, contracts::Error{contracts::ErrorKind::upstream,
                                                        "too many large model calls at once"}));
        }
        taken_ = bytes;
        if (asked_.old ||
            !boost::beast::iequals(parser_->get()[http::field::expect], "100-continue"))
            return read_body();
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(worker_, asio::buffer(kContinue),
                          [self = shared_from_this()](Failure failure, std::size_t) {
                              if (failure) return self->end();
                              self->read_body();
                          });
    }

    void read_body() {
        http::async_read(worker_, buffer_, *parser_,
                         [self = shared_from_this()](Failure failure, std::size_t) {
                             if (failure) return self->refuse_unreadable(failure);
                             self->forward();
                         });
    }

    void refuse_unreadable(Failure failure) {
        note_how_it_asks();
        asked_.keep = false;
        if (failure == http::error::body_limit)
            return refuse(problem(
                413, contracts::Error{
                         contracts::ErrorKind::invalid,
                         "the request has more than " + std::to_string(kMaxRequest) + " bytes"}));
        end();
    }

    // When a worker hangs up, the answer is cancelled: nobody would read the rest, and somebody
    // would pay for it.
    void watch_for_hangup() {
        worker_.async_wait(LocalSocket::wait_read, [self = shared_from_this()](Failure failure) {
            if (failure || !self->is_under_way_) return;
            char byte = 0;
            if (::recv(self->worker_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
                self->end();
        });
    }

    void forward() {
        const auto& message = parser_->get();
        GatewayRequest request{.caller = caller_,
                               .method = std::string(message.method_string()),
                               .target = std::string(message.target()),
                               .headers = {},
                               .body = {}};
        for (const auto& field : message)
            request.headers.push_back(
                {std::string(field.name_string()), std::string(field.value())});
        request.body = std::move(parser_->get().body());
        is_under_way_ = true;
        call_ = models_->start(std::move(request), what_becomes_of_it());
        watch_for_hangup();
    }

    GatewayAnswer what_becomes_of_it() {
        return {
            .refused =
                [self = shared_from_this()](HttpResponse response) {
                    self->on_loop([response = std::move(response)](ModelPassage& passage) {
                        if (!passage.leave_call()) return;
                        passage.refuse(response);
                    });
                },
            .head =
                [self = shared_from_this()](int status, std::vector<HttpHeader> headers) {
                    self->on_loop([status, headers = std::move(headers)](ModelPassage& passage) {
                        passage.framing_ = framing_of(passage.asked_, status);
                        passage.send(head_of(passage.asked_, status, headers));
                    });
                },
            .piece =
                [self = shared_from_this()](std::string bytes) {
                    self->on_loop([bytes = std::move(bytes)](ModelPassage& passage) {
                        passage.send(piece_of(passage.framing_, bytes));
                    });
                },
            .end =
                [self = shared_from_this()](bool is_whole) {
                    self->on_loop([is_whole](ModelPassage& passage) { passage.finish(is_whole); });
                }};
    }

    // False: nobody reads any more.
    bool leave_call() {
        call_.reset();
        return std::exchange(is_under_way_, false);
    }

    void refuse(const HttpResponse& response) {
        framing_ = framing_of(asked_, response.status);
        std::string text = head_of(asked_, response.status, response.headers);
        text.append(piece_of(framing_, response.body)).append(end_of(framing_));
        finished_ = true;
        send(std::move(text));
    }

    void finish(bool is_whole) {
        if (!leave_call()) return;
        // An answer that breaks off must look broken to the worker too.
        if (!is_whole) return end();
        finished_ = true;
        if (std::string last = end_of(framing_); !last.empty()) return send(std::move(last));
        if (queue_.empty()) answered();
    }

    void send(std::string bytes) {
        if (bytes.empty()) return;
        unsent_ += bytes.size();
        queue_.push_back(std::move(bytes));
        if (unsent_ > kMaxUnsent && call_ && !held_) {
            held_ = true;
            call_->hold();
        }
        if (queue_.size() == 1) write();
    }

    void write() {
        asio::async_write(worker_, asio::buffer(queue_.front()),
                          [self = shared_from_this()](Failure failure, std::size_t written) {
                              if (failure) return self->end();
                              self->written(written);
                          });
    }

    void written(std::size_t bytes) {
        unsent_ -= bytes;
        queue_.pop_front();
        if (held_ && unsent_ < kMaxUnsent / 2 && call_) {
            held_ = false;
            call_->release();
        }
        if (!queue_.empty()) return write();
        if (finished_) answered();
    }

    void answered() {
        finished_ = false;
        if (asked_.keep)
            read();
        else
            end();
    }

    EventLoop& loop_;
    std::shared_ptr<ModelGateway> models_;
    std::shared_ptr<Room> room_;
    std::size_t taken_ = 0;
    ModelCaller caller_;
    LocalSocket worker_;
    boost::beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::shared_ptr<GatewayCall> call_;
    bool is_under_way_ = false;  // a call, of which something is still to come
    std::deque<std::string> queue_;
    std::size_t unsent_ = 0;
    bool held_ = false;
    Asked asked_{};
    Framing framing_ = Framing::chunked;  // of the answer under way
    bool finished_ = false;  // the answer is whole: when the queue is empty, the next request
};

}  // namespace

DoorResult open_model_door(const GateSetting& setting, const WorkerIdentity& worker,
                           const std::string& path) {
    EventLoop& loop = setting.server.loop();
    return open_socket_door(loop, path,
                            [&loop, models = setting.models, room = std::make_shared<Room>(),
                             caller = ModelCaller{.worker_id = worker.worker_id,
                                                  .task_id = worker.task_id,
                                                  .project_id = worker.project_id,
                                                  .user_id = worker.user_id}](LocalSocket socket) {
                                auto passage = std::make_shared<ModelPassage>(
                                    loop, models, room, caller, std::move(socket));
                                passage->read();
                                return passage;
                            });
}

}  // namespace control
