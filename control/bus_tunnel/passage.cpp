#include "control/bus_tunnel/passage.h"

#include "contracts/base/clock.h"
#include "contracts/streams/socket.h"

#include <atomic>
#include <boost/asio/write.hpp>
#include <utility>

namespace control::tunnel {

namespace asio = boost::asio;
using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::UniqueFd;

namespace {

using TunnelFailure = boost::system::error_code;

// The limit for connecting, and then again for the TLS handshake.
constexpr std::chrono::seconds kReachLimit{2};

}  // namespace

Passage::Passage(EventLoop& loop, const TunnelSettings& settings, LocalSocket near, Report report)
    : loop_(loop),
      settings_(settings),
      near_(std::move(near)),
      limit_(loop.context()),
      report_(std::move(report)) {}

void Passage::begin(JobPool& pool) {
    static std::atomic<std::uint64_t> count = 0;
    const bool taken =
        pool.submit("reach " + std::to_string(count.fetch_add(1)),
                    [self = shared_from_this()](const std::stop_token&) {
                        auto where = self->settings_.locate();
                        auto fd = std::make_shared<Result<UniqueFd>>(
                            where ? contracts::connect_socket(
                                        *where, std::chrono::steady_clock::now() + kReachLimit)
                                  : where.fault());
                        self->loop_.post([self, fd, host = where ? where->host : std::string()] {
                            self->connected(std::move(*fd), host);
                        });
                    });
    if (!taken) end();
}

void Passage::end() {
    TunnelFailure ignored;
    near_.close(ignored);
    limit_.cancel();
    if (far_) far_->socket().close(ignored);
}

void Passage::refuse(Error error) {
    end();
    if (const Report report = std::exchange(report_, {})) report(fail(std::move(error)));
}

void Passage::connected(Result<UniqueFd> fd, const std::string& host) {
    if (!fd) return refuse(std::move(fd.error()));
    if (!near_.is_open()) return;
    TunnelFailure failure;
    Stream::Socket socket(loop_.context());
    // The socket may be TCP or unix: asio does not check the protocol again.
    socket.assign(asio::local::stream_protocol(), fd->get(), failure);
    if (failure) return refuse(contracts::system_error(failure.value(), "use a connection"));
    (void)fd->release();
    if (!settings_.tls) {
        far_.emplace(std::move(socket));
        return pass();
    }
    far_.emplace(std::move(socket), *settings_.tls);
    shake_hands(host);
}

void Passage::shake_hands(const std::string& host) {
    limit_.expires_after(kReachLimit);
    limit_.async_wait([self = shared_from_this(), host](TunnelFailure stopped) {
        if (stopped) return;
        self->refuse(Error{.kind = ErrorKind::transient,
                           .message = "Redis at " + host + " did not agree on TLS in time",
                           .field = "REDIS_URL"});
    });
    far_->async_client_handshake(host, [self = shared_from_this(), host](TunnelFailure failure) {
        self->limit_.cancel();
        if (!self->near_.is_open()) return;
        if (!failure) return self->pass();
        self->refuse(Error{
            .kind = ErrorKind::fatal,
            .message = "no TLS with Redis at " + host + ": " + failure.message(),
            .field = "REDIS_URL",
            .next_step =
                "the server's certificate must name this host and be signed by REDIS_CA_FILE; a "
                "server that asks for a certificate gets REDIS_CERTIFICATE"});
    });
}

void Passage::pass() {
    if (const Report report = std::exchange(report_, {})) report({});
    pass_on(near_, *far_, up_);
    pass_on(*far_, near_, down_);
}

// When either side closes, both are closed: Redis does not use half-open connections.
template <class From, class To>
void Passage::pass_on(From& from, To& to, Way& way) {
    from.async_read_some(asio::buffer(way.bytes), [this, self = shared_from_this(), &from, &to,
                                                   &way](TunnelFailure failure, std::size_t got) {
        if (failure) return end();
        asio::async_write(to, asio::buffer(way.bytes.data(), got),
                          [this, self, &from, &to, &way](TunnelFailure broken, std::size_t) {
                              if (broken) return end();
                              pass_on(from, to, way);
                          });
    });
}

}  // namespace control::tunnel
