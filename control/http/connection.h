// One client's connection: reads a request, hands it to its door's handler, writes the answer, and
// again. Requests of one connection are served one after the other. Thread: the event loop's, save
// `HttpReply`, which any thread may call.
#pragma once

#include "control/http/body_source.h"
#include "control/http/loop.h"
#include "control/http/message.h"
#include "control/http/stream.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace control {

// Where the requests of a listening socket go. `serving` is held while the handler runs, so that a
// thread that closes the door knows that the handler has ended; it is recursive, because a handler
// may close its own door.
struct Door {
    HttpHandler handler;
    std::recursive_mutex serving;
    bool open = true;
    std::size_t max_body = 0;
    std::chrono::milliseconds answer_within{0};        // 0: no limit
    bool cancels = false;                              // UnixOptions
    std::shared_ptr<boost::asio::ssl::context> tls{};  // null: none
    std::size_t connections = 0;                       // the loop's
    std::size_t room = 0;                              // bytes left for large bodies; the loop's
};

// How a reply finds the loop, or learns that the loop has ended.
struct Mailbox {
    std::mutex mutex;
    EventLoop* loop = nullptr;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    using Socket = Stream::Socket;
    using Clock = std::chrono::steady_clock;

    // `ended` is called once, when nothing is left to do.
    Connection(Socket socket, std::shared_ptr<Door> door, std::shared_ptr<Mailbox> mailbox,
               std::chrono::milliseconds idle_timeout, std::function<void(Connection&)> ended);

    void start();
    // Ends it now, or after the answer if a request is in progress.
    void finish();
    void close();
    [[nodiscard]] bool is_overdue(Clock::time_point now) const { return now >= deadline_; }
    // A request whose answer is overdue gets a 503 instead; any other connection is closed.
    void give_up();
    [[nodiscard]] const std::shared_ptr<Door>& door() const { return door_; }

private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
    using Failure = boost::system::error_code;
    enum class Phase { reading, answering, writing, streaming, draining, closed };

    void read_header();
    void on_header(Failure failure);
    void read_body();
    // False if there is no room for the part of the body that has arrived.
    [[nodiscard]] bool take_room();
    void give_room_back();
    void serve();
    void call_handler(HttpRequest request);
    void refuse(Failure failure);
    void answer(HttpResponse response);
    void on_written(Failure failure);
    // Sends a body that is produced while it is sent. At most one piece of it is held here.
    void stream(HttpResponse response);
    void pump();
    void send_piece(std::string piece);
    // Whether the client is still there: nothing else reads while an answer is streamed, or while
    // one is awaited that could be cancelled.
    void watch();
    void on_watched(Failure failure, std::size_t size);
    [[nodiscard]] std::function<void()> make_wake();
    void drain();

    std::shared_ptr<Door> door_;
    Stream stream_;
    std::shared_ptr<Mailbox> mailbox_;
    std::chrono::milliseconds idle_timeout_;
    std::function<void(Connection&)> ended_;
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Phase phase_ = Phase::reading;
    Clock::time_point deadline_ = Clock::time_point::max();
    bool keep_ = true;      // the connection, after the answer
    bool is_head_ = false;  // the answer goes without its body
    bool unread_ = false;   // the client may still be sending bytes that nobody reads
    std::size_t room_ = 0;  // bytes of the door's room that this request's body occupies
    std::string head_;
    std::string body_;
    std::shared_ptr<BodySource> source_;  // while an answer is streamed
    bool chunked_ = false;                // the body is chunked; otherwise it ends with the
                                          // connection
    bool sending_ = false;                // a piece of it is being sent
    bool watching_ = false;               // a read is in progress beside it
    bool finishing_ = false;
    std::stop_source cancel_{std::nostopstate};  // of the current request
};

}  // namespace control
