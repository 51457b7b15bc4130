// The bytes of a connection: plain, or through TLS. It has what Beast needs of an asynchronous
// stream, over one of the two. Thread: the event loop's.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>
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
    // The client's side, with TLS alone: the server's certificate must name `host`, a name or an
    // address. The context says whose signature counts.
    template <class Handler>
    void async_client_handshake(const std::string& host, Handler handler) {
        boost::system::error_code failure;
        tls_->set_verify_callback(boost::asio::ssl::host_name_verification(host), failure);
        boost::system::error_code not_an_address;
        (void)boost::asio::ip::make_address(host, not_an_address);
        // Which of several certificates; an address is never asked for.
        if (not_an_address) (void)SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
        if (failure) return handler(failure);
        tls_->async_handshake(Tls::client, std::move(handler));
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
