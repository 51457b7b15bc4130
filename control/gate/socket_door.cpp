#include "control/gate/socket_door.h"

#include "control/http/listening_socket.h"

#include <boost/asio/steady_timer.hpp>
#include <vector>

namespace control {

namespace asio = boost::asio;
using contracts::fail;
using contracts::UniqueFd;

namespace {

// One worker has few connections at a time; with more than this it is out of control.
constexpr std::size_t kMaxPassages = 64;
constexpr std::chrono::milliseconds kAcceptPause{100};

// The loop's side of a door.
class Entrance : public std::enable_shared_from_this<Entrance> {
public:
    Entrance(EventLoop& loop, OnConnection on_connection)
        : acceptor_(loop.context()),
          pause_(loop.context()),
          on_connection_(std::move(on_connection)) {}

    Result<void> assign(UniqueFd fd) {
        boost::system::error_code failure;
        acceptor_.assign(asio::local::stream_protocol(), fd.get(), failure);
        if (failure) return fail(contracts::system_error(failure.value(), "listen"));
        (void)fd.release();
        return {};
    }

    void accept() {
        acceptor_.async_accept(
            [self = shared_from_this()](boost::system::error_code failure, LocalSocket socket) {
                if (!self->acceptor_.is_open()) return;
                self->forget_ended();
                if (!failure && self->passages_.size() < kMaxPassages)
                    self->passages_.push_back(self->on_connection_(std::move(socket)));
                if (!failure) return self->accept();
                // Descriptors have most likely run out: waiting helps, retrying at once does not.
                self->pause_.expires_after(kAcceptPause);
                self->pause_.async_wait([self](boost::system::error_code stopped) {
                    if (!stopped) self->accept();
                });
            });
    }

    void close() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        for (const std::weak_ptr<Passage>& weak : passages_)
            if (const auto passage = weak.lock()) passage->end();
        passages_.clear();
    }

private:
    void forget_ended() {
        std::erase_if(passages_, [](const auto& passage) { return passage.expired(); });
    }

    asio::local::stream_protocol::acceptor acceptor_;
    asio::steady_timer pause_;
    OnConnection on_connection_;
    std::vector<std::weak_ptr<Passage>> passages_;
};

class SocketDoor final : public OpenDoor {
public:
    SocketDoor(EventLoop& loop, std::shared_ptr<Entrance> entrance, SocketFile file)
        : loop_(loop), entrance_(std::move(entrance)), file_(std::move(file)) {
        loop_.post([entrance = entrance_] { entrance->accept(); });
    }
    ~SocketDoor() override {
        remove_socket_file(file_);
        loop_.post([entrance = std::move(entrance_)] { entrance->close(); });
    }

private:
    EventLoop& loop_;
    std::shared_ptr<Entrance> entrance_;
    SocketFile file_;
};

}  // namespace

DoorResult open_socket_door(EventLoop& loop, const std::string& path, OnConnection on_connection) {
    Result<UniqueFd> fd = listen_on_unix(path);
    if (!fd) return fd.fault();
    auto entrance = std::make_shared<Entrance>(loop, std::move(on_connection));
    if (Result<void> assigned = entrance->assign(std::move(*fd)); !assigned)
        return assigned.fault();
    return std::make_unique<SocketDoor>(loop, std::move(entrance), socket_file(path));
}

}  // namespace control
