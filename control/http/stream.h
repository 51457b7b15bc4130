// The bytes of a connection: plain, or through TLS. It has what Beast needs of an asynchronous
// stream, over one of the two. Thread: the event loop's.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <utility>

namespace control {

class Stream {
public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    using executor_type = Socket::executor_type;
    using Tls = boost::asio::ssl::stream<Socket>;

    explicit Stream(Socket socket) : plain_(std::make_unique<Socket>(std::move(socket))) {}
    Stream(Socket socket, boost::asio::ssl::context& context)
        : tls_(std::make_unique<Tls>(std::move(socket), context)) {}

    [[nodiscard]] executor_type get_executor() { return socket().get_executor(); }
    [[nodiscard]] Socket& socket() { return tls_ ? tls_->next_layer() : *plain_; }

    // Completes at once without TLS.
    template <class Handler>
    void async_handshake(Handler handler) {
        if (!tls_) return handler(boost::system::error_code());
        tls_->async_handshake(Tls::server, std::move(handler));
    }

    template <class Buffers, class Handler>
    void async_read_some(const Buffers& buffers, Handler&& handler) {
        if (tls_)
            tls_->async_read_some(buffers, std::forward<Handler>(handler));
        else
            plain_->async_read_some(buffers, std::forward<Handler>(handler));
    }
    template <class Buffers, class Handler>
    void async_write_some(const Buffers& buffers, Handler&& handler) {
        if (tls_)
            tls_->async_write_some(buffers, std::forward<Handler>(handler));
        else
            plain_->async_write_some(buffers, std::forward<Handler>(handler));
    }

private:
    std::unique_ptr<Socket> plain_;
    std::unique_ptr<Tls> tls_;
};

}  // namespace control
