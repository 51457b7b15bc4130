#include "control/http/server.h"

#include "control/http/connection.h"
#include "control/http/listening_socket.h"
#include "control/http/tls.h"

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

namespace control {

namespace asio = boost::asio;
using contracts::Result;
using contracts::UniqueFd;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;
using Failure = boost::system::error_code;

namespace {

constexpr std::chrono::seconds kSweep{1};
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::seconds kStopGrace{2};

// A door with its listening socket. It lives on the loop and ends with it; the door itself may be
// held longer.
struct Entrance {
    Entrance(EventLoop& loop, HttpHandler handler)
        : door(std::make_shared<Door>()), acceptor(loop.context()), pause(loop.context()) {
        door->handler = std::move(handler);
    }
    std::shared_ptr<Door> door;
    std::size_t max_connections = kMaxConnectionsPerDoor;
    Acceptor acceptor;
    asio::steady_timer pause;
    bool waits_for_room = false;
};

}  // namespace

struct HttpServer::State {
    std::chrono::milliseconds idle_timeout;
    EventLoop loop;
    asio::executor_work_guard<asio::io_context::executor_type> work{loop.context().get_executor()};
    std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
    // From here on only the loop uses these. Listeners close doors, and may outlive the server.
    std::set<std::shared_ptr<Entrance>> entrances;
    std::set<std::shared_ptr<Connection>> connections;
    asio::steady_timer sweep{loop.context()};
    bool stopping = false;

    explicit State(std::chrono::milliseconds idle) : idle_timeout(idle) { mailbox->loop = &loop; }

    ~State() {
        const std::lock_guard lock(mailbox->mutex);
        mailbox->loop = nullptr;
    }

    Result<std::shared_ptr<Entrance>> open(Result<UniqueFd> fd, int family, HttpHandler handler,
                                           UnixOptions bounds,
                                           std::shared_ptr<asio::ssl::context> tls);
    Result<std::unique_ptr<Listener>> listen(Result<UniqueFd> fd, int family, SocketFile file,
                                             HttpHandler handler, UnixOptions bounds,
                                             std::shared_ptr<asio::ssl::context> tls = nullptr);
    void accept(const std::shared_ptr<Entrance>& entrance);
    void on_accepted(const std::shared_ptr<Entrance>& entrance, Failure failure,
                     Connection::Socket socket);
    void on_ended(Connection& connection);
    void close(const std::shared_ptr<Entrance>& entrance);
    void sweep_later();
    void stop();
};

namespace {

class DoorListener final : public Listener {
public:
    DoorListener(std::shared_ptr<Door> door, std::uint16_t port, SocketFile file,
                 std::shared_ptr<Mailbox> mailbox, std::function<void()> close)
        : door_(std::move(door)),
          port_(port),
          file_(std::move(file)),
          mailbox_(std::move(mailbox)),
          close_(std::move(close)) {}

    ~DoorListener() override {
        {
            const std::lock_guard lock(door_->serving);
            door_->open = false;
        }
        remove_socket_file(file_);
        const std::lock_guard lock(mailbox_->mutex);
        if (mailbox_->loop == nullptr) return;
        mailbox_->loop->post(std::move(close_));
    }

    std::uint16_t port() const override { return port_; }

private:
    std::shared_ptr<Door> door_;
    std::uint16_t port_;
    SocketFile file_;
    std::shared_ptr<Mailbox> mailbox_;
    std::function<void()> close_;  // on the loop
};

}  // namespace

Result<std::shared_ptr<Entrance>> HttpServer::State::open(Result<UniqueFd> fd, int family,
                                                          HttpHandler handler, UnixOptions bounds,
                                                          std::shared_ptr<asio::ssl::context> tls) {
    if (!fd) return fd.fault();
    auto entrance = std::make_shared<Entrance>(loop, std::move(handler));
    entrance->door->max_body = bounds.max_body;
    entrance->door->room = std::max(kLargeBodies, 2 * bounds.max_body);
    entrance->door->answer_within = bounds.answer_within;
    entrance->door->cancels = bounds.cancels;
    entrance->door->tls = std::move(tls);
    entrance->max_connections = bounds.max_connections;
    Failure failure;
    (void)entrance->acceptor.assign(asio::generic::stream_protocol(family, 0), fd->get(), failure);
    if (failure) return contracts::fail(contracts::system_error(failure.value(), "listen"));
    (void)fd->release();
    loop.post([this, entrance] {
        entrances.insert(entrance);
        accept(entrance);
    });
    return entrance;
}

void HttpServer::State::accept(const std::shared_ptr<Entrance>& entrance) {
    if (!entrance->acceptor.is_open() || stopping) return;
    if (entrance->door->connections >= entrance->max_connections) {
        entrance->waits_for_room = true;
        return;
    }
    entrance->acceptor.async_accept([this, entrance](Failure failure, Connection::Socket socket) {
        on_accepted(entrance, failure, std::move(socket));
    });
}

void HttpServer::State::on_accepted(const std::shared_ptr<Entrance>& entrance, Failure failure,
                                    Connection::Socket socket) {
    if (failure == asio::error::operation_aborted || stopping) return;
    if (failure) {
        // Descriptors or memory have run out; other connections will end sooner or later.
        entrance->pause.expires_after(kAcceptPause);
        entrance->pause.async_wait([this, entrance](Failure aborted) {
            if (!aborted) accept(entrance);
        });
        return;
    }
    auto connection =
        std::make_shared<Connection>(std::move(socket), entrance->door, mailbox, idle_timeout,
                                     [this](Connection& ended) { on_ended(ended); });
    ++entrance->door->connections;
    if (connections.empty()) sweep_later();
    connections.insert(connection);
    connection->start();
    accept(entrance);
}

void HttpServer::State::on_ended(Connection& connection) {
    const std::shared_ptr<Door> door = connection.door();
    connections.erase(connection.shared_from_this());
    --door->connections;
    for (const std::shared_ptr<Entrance>& entrance : entrances)
        if (entrance->door == door && std::exchange(entrance->waits_for_room, false))
            accept(entrance);
    if (!connections.empty()) return;
    sweep.cancel();
    if (stopping) loop.context().stop();
}

void HttpServer::State::close(const std::shared_ptr<Entrance>& entrance) {
    Failure ignored;
    (void)entrance->acceptor.close(ignored);
    entrance->pause.cancel();
    entrances.erase(entrance);
    const auto all = connections;
    for (const std::shared_ptr<Connection>& connection : all)
        if (connection->door() == entrance->door) connection->finish();
}

void HttpServer::State::sweep_later() {
    sweep.expires_after(std::min<std::chrono::milliseconds>(kSweep, idle_timeout));
    sweep.async_wait([this](Failure aborted) {
        if (aborted) return;
        const auto now = Connection::Clock::now();
        const auto all = connections;
        for (const std::shared_ptr<Connection>& connection : all)
            if (connection->is_overdue(now)) connection->give_up();
        if (!connections.empty()) sweep_later();
    });
}

void HttpServer::State::stop() {
    if (stopping) return;
    stopping = true;
    const auto open_entrances = entrances;
    for (const std::shared_ptr<Entrance>& entrance : open_entrances)
        close(entrance);
    if (connections.empty()) return loop.context().stop();
    sweep.expires_after(kStopGrace);
    sweep.async_wait([this](Failure aborted) {
        if (!aborted) loop.context().stop();
    });
}

HttpServer::HttpServer(std::chrono::milliseconds idle_timeout)
    : state_(std::make_unique<State>(idle_timeout)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<Listener>> HttpServer::State::listen(
    Result<UniqueFd> fd, int family, SocketFile file, HttpHandler handler, UnixOptions bounds,
    std::shared_ptr<asio::ssl::context> tls) {
    Result<std::shared_ptr<Entrance>> entrance =
        open(std::move(fd), family, std::move(handler), bounds, std::move(tls));
    if (!entrance) return entrance.fault();
    const std::uint16_t port = bound_port((*entrance)->acceptor.native_handle());
    return std::make_unique<DoorListener>((*entrance)->door, port, std::move(file), mailbox,
                                          [this, weak = std::weak_ptr(*entrance)] {
                                              if (const auto closed = weak.lock()) close(closed);
                                          });
}

Result<std::unique_ptr<Listener>> HttpServer::listen_tcp(const std::string& address,
                                                         std::uint16_t port, HttpHandler handler,
                                                         TcpOptions options) {
    std::shared_ptr<asio::ssl::context> tls;
    if (options.tls) {
        auto loaded = load_tls(*options.tls);
        if (!loaded) return loaded.fault();
        tls = std::move(*loaded);
    }
    const int family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
    return state_->listen(
        listen_on_tcp(address, port), family, {}, std::move(handler),
        {.max_connections = options.max_connections, .answer_within = options.answer_within},
        std::move(tls));
}

Result<std::unique_ptr<Listener>> HttpServer::listen_unix(const std::string& path,
                                                          HttpHandler handler,
                                                          UnixOptions options) {
    Result<UniqueFd> fd = listen_on_unix(path);
    return state_->listen(std::move(fd), AF_UNIX, socket_file(path), std::move(handler), options);
}

void HttpServer::run() {
    state_->loop.context().run();
}

void HttpServer::stop() {
    state_->loop.post([state = state_.get()] { state->stop(); });
}

EventLoop& HttpServer::loop() {
    return state_->loop;
}

}  // namespace control
