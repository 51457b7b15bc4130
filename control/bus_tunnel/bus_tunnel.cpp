#include "control/bus_tunnel/bus_tunnel.h"

#include "control/bus_tunnel/passage.h"
#include "control/http/listening_socket.h"

#include <sys/socket.h>
#include <boost/asio/executor_work_guard.hpp>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace control {

namespace asio = boost::asio;
using contracts::fail;
using contracts::Result;
using contracts::UniqueFd;
using tunnel::LocalSocket;
using tunnel::Passage;

namespace {

// A daemon opens one connection for each worker and a few dozen for itself.
constexpr std::size_t kMaxTunnelPassages = 4096;
constexpr int kReachThreads = 16;
constexpr std::chrono::milliseconds kTunnelPause{100};

// Logs a fault once, until it changes or is over. Thread: any.
class FaultLog {
public:
    explicit FaultLog(contracts::Log log) : log_(std::move(log)) {}

    void note(const Result<void>& reached) {
        const std::scoped_lock lock(guard_);
        const std::string now = reached ? std::string() : reached.error().describe();
        if (now == last_) return;
        if (reached)
            log_.info("the bus can be reached again");
        else
            log_.warning("the bus cannot be reached", {{"error", now}});
        last_ = now;
    }

private:
    contracts::Log log_;
    std::mutex guard_;
    std::string last_;
};

}  // namespace

struct BusTunnel::State {
    State(TunnelSettings wanted, contracts::Log log)
        : settings(std::move(wanted)),
          faults(std::move(log)),
          acceptor(loop.context()),
          pause(loop.context()),
          pool(kReachThreads) {}

    ~State() {
        remove_socket_file(file);
        pool.stop();
        loop.post([this] { close(); });
        work.reset();
        if (thread.joinable()) thread.join();
    }

    [[nodiscard]] Result<void> listen() {
        Result<UniqueFd> fd = listen_on_unix(settings.path);
        if (!fd) return fd.fault();
        boost::system::error_code failure;
        acceptor.assign(asio::local::stream_protocol(), fd->get(), failure);
        if (failure) return fail(contracts::system_error(failure.value(), "listen"));
        (void)fd->release();
        file = socket_file(settings.path);
        thread = std::jthread([this] { loop.context().run(); });
        return {};
    }

    void accept() {
        acceptor.async_accept([this](boost::system::error_code failure, LocalSocket socket) {
            if (!acceptor.is_open()) return;
            std::erase_if(passages, [](const auto& passage) { return passage.expired(); });
            if (!failure && passages.size() < kMaxTunnelPassages)
                begin(std::move(socket),
                      [this](const Result<void>& reached) { faults.note(reached); });
            if (!failure) return accept();
            // Most likely there are no descriptors left: a pause helps, retrying at once does not.
            pause.expires_after(kTunnelPause);
            pause.async_wait([this](boost::system::error_code stopped) {
                if (!stopped) accept();
            });
        });
    }

    void begin(LocalSocket socket, tunnel::Report report) {
        auto passage =
            std::make_shared<Passage>(loop, settings, std::move(socket), std::move(report));
        passages.push_back(passage);
        passage->begin(pool);
    }

    // Connects as for a client, and then closes the connection.
    [[nodiscard]] Result<void> try_once() {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            return fail(contracts::system_error(errno, "socketpair"));
        const UniqueFd client(ends[0]);
        auto tried = std::make_shared<std::promise<Result<void>>>();
        std::future<Result<void>> outcome = tried->get_future();
        loop.post([this, tried, fd = ends[1]] {
            begin(LocalSocket(loop.context(), asio::local::stream_protocol(), fd),
                  [tried](const Result<void>& reached) { tried->set_value(reached); });
        });
        return outcome.get();
    }

    void close() {
        boost::system::error_code ignored;
        acceptor.close(ignored);
        pause.cancel();
        for (const std::weak_ptr<Passage>& weak : passages)
            if (const auto passage = weak.lock()) passage->end();
        passages.clear();
    }

    TunnelSettings settings;
    FaultLog faults;
    EventLoop loop;
    asio::executor_work_guard<asio::io_context::executor_type> work{loop.context().get_executor()};
    asio::local::stream_protocol::acceptor acceptor;
    asio::steady_timer pause;
    std::vector<std::weak_ptr<Passage>> passages;
    SocketFile file;
    std::jthread thread;
    JobPool pool;
};

BusTunnel::BusTunnel(std::unique_ptr<State> state) : state_(std::move(state)) {}
BusTunnel::~BusTunnel() = default;

const std::string& BusTunnel::path() const {
    return state_->settings.path;
}

Result<std::unique_ptr<BusTunnel>> BusTunnel::open(TunnelSettings settings, contracts::Log log) {
    auto state = std::make_unique<State>(std::move(settings), std::move(log));
    if (Result<void> listening = state->listen(); !listening) return listening.fault();
    if (Result<void> reached = state->try_once(); !reached) return reached.fault();
    state->loop.post([raw = state.get()] { raw->accept(); });
    return std::unique_ptr<BusTunnel>(new BusTunnel(std::move(state)));
}

}  // namespace control
