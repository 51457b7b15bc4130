// egress.sock: access to outside hosts for a worker without a network. A proxy that supports
// CONNECT, and plain HTTP for servers that sign their content (apt). A host must be allowed by name
// and port before it is looked up; it is looked up once, each of its addresses is checked, and the
// checked address is dialled, so that a name that changes to another address leads nowhere.
#include "control/egress/request.h"
#include "control/gate/egress_account.h"
#include "control/gate/socket_door.h"

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <limits>

namespace control {

namespace asio = boost::asio;
using asio::ip::tcp;
using contracts::Error;
using contracts::ErrorKind;
using egress::Address;
using egress::ProxyRequest;

namespace {

using Failure = boost::system::error_code;
using Moment = std::chrono::steady_clock::time_point;
using namespace std::chrono_literals;

constexpr std::chrono::seconds kRequestWithin{15};
constexpr std::chrono::seconds kConnectWithin{20};  // for the lookup and all attempts together
constexpr std::chrono::minutes kQuiet{5};
// How long to read on after the last byte for the worker: it may still be sending, and a reset
// would discard bytes that it has not read yet.
constexpr std::chrono::seconds kLinger{5};
constexpr std::size_t kMostTries = 4;
constexpr std::uint64_t kMostDropped = 1 << 20;
constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();

tcp::endpoint endpoint_of(const Address& address, std::uint16_t port) {
    if (address.six) {
        asio::ip::address_v6::bytes_type bytes;
        std::ranges::copy(address.bytes, bytes.begin());
        return {asio::ip::address_v6(bytes), port};
    }
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(address.bytes.begin(), bytes.size(), bytes.begin());
    return {asio::ip::address_v4(bytes), port};
}

// Some clients show only the reason phrase, so it says where to look.
std::string answer_text(int status, std::string_view reason, std::string_view body) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + ' ';
    text.append(reason).append("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ");
    text.append(std::to_string(body.size())).append("\r\nConnection: close\r\n\r\n").append(body);
    return text;
}

class EgressPassage final : public Passage, public std::enable_shared_from_this<EgressPassage> {
public:
    EgressPassage(EventLoop& loop, std::shared_ptr<JobPool> lookups,
                  std::shared_ptr<EgressAccount> account, LocalSocket worker)
        : loop_(loop),
          lookups_(std::move(lookups)),
          account_(std::move(account)),
          worker_(std::move(worker)),
          far_(loop.context()),
          timer_(loop.context()) {}

    void read_head() {
        wait_at_most(kRequestWithin);
        asio::async_read_until(worker_, asio::dynamic_buffer(buffer_, egress::kMaxHead), "\r\n\r\n",
                               [self = shared_from_this()](Failure failure, std::size_t size) {
                                   if (failure == asio::error::not_found)
                                       return self->answer(
                                           431, "Request Header Fields Too Large",
                                           "the head of a request has at most 8 KiB\n");
                                   if (failure) return self->end();
                                   self->act(size);
                               });
    }

    void end() override {
        Failure ignored;
        (void)worker_.close(ignored);
        (void)far_.close(ignored);
        timer_.cancel();
    }

private:
    enum class Stage { asking, connecting, passing };

    void act(std::size_t size) {
        const std::string head = buffer_.substr(0, size);
        buffer_.erase(0, size);  // the following bytes are for the server
        Result<ProxyRequest> request = egress::parse_proxy_request(head);
        if (!request) return answer(400, "Bad Request", request.error().describe() + '\n');
        if (request->kind == ProxyRequest::Kind::about)
            return answer(200, "OK", account_->describe());
        request_ = std::move(*request);
        if (const Result<void> admitted = account_->admit(request_.target); !admitted)
            return refuse(admitted.error());
        stage_ = Stage::connecting;
        wait_at_most(kConnectWithin);
        if (request_.target.address) return dial({*request_.target.address});
        look_up();
    }

    // The lookup waits, so it is done on a thread of the pool; the rest happens on the loop.
    void look_up() {
        static std::atomic<std::uint64_t> lookups = 0;
        const bool taken =
            lookups_->submit("look up " + std::to_string(lookups.fetch_add(1)),
                             [weak = weak_from_this(), &loop = loop_, look_up = account_->look_up(),
                              host = request_.target.host](const std::stop_token&) {
                                 if (weak.expired())
                                     return;  // the worker has hung up in the
                                              // meantime
                                 auto found = std::make_shared<LookedUp>(look_up(host));
                                 loop.post([weak, found] {
                                     if (const auto self = weak.lock())
                                         self->looked_up(std::move(*found));
                                 });
                             });
        if (!taken) end();
    }

    void looked_up(LookedUp found) {
        if (stage_ != Stage::connecting) return;
        if (!found) return answer(502, "Bad Gateway", found.error().describe() + '\n');
        dial(std::move(*found));
    }

    void dial(std::vector<Address> found) {
        const std::uint16_t port = request_.target.port;
        std::erase_if(found, [&](const Address& address) {
            return !account_->rules().may_dial(address, port);
        });
        if (found.empty()) return refuse_inside();
        if (found.size() > kMostTries) found.resize(kMostTries);
        candidates_ = std::move(found);
        try_next();
    }

    void refuse_inside() {
        refuse(Error{ErrorKind::permission,
                     request_.target.host + " has no address on the public internet",
                     {},
                     "an administrator can allow a private address explicitly, as in "
                     "EGRESS_ALLOW=10.0.0.5:" +
                         std::to_string(request_.target.port)});
    }

    void try_next() {
        if (candidates_.empty())
            return answer(502, "Bad Gateway",
                          egress::to_text(request_.target) + " refused the connection\n");
        const Address address = candidates_.front();
        candidates_.erase(candidates_.begin());
        Failure ignored;
        (void)far_.close(ignored);
        far_.async_connect(endpoint_of(address, request_.target.port),
                           [self = shared_from_this(), address](Failure failure) {
                               if (self->stage_ != Stage::connecting) return;
                               if (failure) return self->try_next();
                               self->connected(address);
                           });
    }

    // One of this machine's own addresses may be public, but its services are not meant for
    // workers.
    [[nodiscard]] bool is_this_machine(const Address& address) const {
        Failure failure;
        const tcp::endpoint ours = far_.local_endpoint(failure);
        return !failure && ours.address() == endpoint_of(address, 0).address();
    }

    void connected(const Address& address) {
        if (is_this_machine(address) && !account_->rules().names(address, request_.target.port))
            return refuse_inside();
        account_->totals().connections.fetch_add(1, std::memory_order_relaxed);
        stage_ = Stage::passing;
        wait_at_most(kQuiet);
        if (request_.kind == ProxyRequest::Kind::tunnel) {
            up_left_ = kNoEnd;
            first_down_ = "HTTP/1.1 200 Connection established\r\n\r\n";
        } else {
            buffer_.resize(std::min<std::uint64_t>(buffer_.size(), request_.body));
            up_left_ = request_.body - buffer_.size();
            buffer_.insert(0, request_.head);
        }
        send(far_, buffer_, [](EgressPassage& passage) { passage.pass_up(); });
        send(worker_, first_down_, [](EgressPassage& passage) { passage.pass_down(); });
    }

    template <class Socket, class Then>
    void send(Socket& to, const std::string& bytes, Then then) {
        asio::async_write(to, asio::buffer(bytes),
                          [self = shared_from_this(), then](Failure failure, std::size_t) {
                              if (failure) return self->end();
                              then(*self);
                          });
    }

    void pass_up() {
        worker_.async_read_some(
            asio::buffer(up_), [self = shared_from_this()](Failure failure, std::size_t got) {
                if (failure) return self->up_ended(failure);
                self->active_ = std::chrono::steady_clock::now();
                const auto wanted =
                    static_cast<std::size_t>(std::min<std::uint64_t>(got, self->up_left_));
                if (self->up_left_ != kNoEnd) self->up_left_ -= wanted;
                self->dropped_ += got - wanted;
                if (self->dropped_ > kMostDropped) return self->end();
                if (wanted == 0) return self->pass_up();
                if (!self->count(wanted, self->account_->totals().bytes_out)) return;
                asio::async_write(self->far_, asio::buffer(self->up_.data(), wanted),
                                  [self](Failure broken, std::size_t) {
                                      if (broken) return self->end();
                                      self->pass_up();
                                  });
            });
    }

    void up_ended(Failure failure) {
        const bool whole = up_left_ == kNoEnd || up_left_ == 0;
        if (failure != asio::error::eof || !whole) return end();
        up_done_ = true;
        Failure ignored;
        // The server recognises the end of a plain HTTP request by itself.
        if (up_left_ == kNoEnd) (void)far_.shutdown(tcp::socket::shutdown_send, ignored);
        if (down_done_) end();
    }

    void pass_down() {
        far_.async_read_some(
            asio::buffer(down_), [self = shared_from_this()](Failure failure, std::size_t got) {
                if (failure) return self->down_ended(failure);
                self->active_ = std::chrono::steady_clock::now();
                if (!self->count(got, self->account_->totals().bytes_in)) return;
                asio::async_write(self->worker_, asio::buffer(self->down_.data(), got),
                                  [self](Failure broken, std::size_t) {
                                      if (broken) return self->end();
                                      self->pass_down();
                                  });
            });
    }

    void down_ended(Failure failure) {
        if (failure != asio::error::eof || up_done_) return end();
        down_done_ = true;
        Failure ignored;
        (void)worker_.shutdown(LocalSocket::shutdown_send, ignored);
        if (up_left_ != kNoEnd) wait_at_most(kLinger);
    }

    // False: the limit is exceeded, and the connection ends.
    bool count(std::size_t bytes, std::atomic<std::uint64_t>& total) {
        if (account_->count(bytes, total)) return true;
        account_->note_refusal(request_.target, account_->admit(request_.target).error());
        end();
        return false;
    }

    void refuse(const Error& why) {
        account_->note_refusal(request_.target, why);
        std::string text = why.message;
        if (!why.next_step.empty()) text.append("; ").append(why.next_step);
        answer(403, "Not allowed by EGRESS_ALLOW of orchestratord", text + '\n');
    }

    // The final answer of this connection.
    void answer(int status, std::string_view reason, std::string_view body) {
        Failure ignored;
        (void)far_.close(ignored);
        stage_ = Stage::passing;
        up_left_ = 0;  // bytes that arrive from now on are dropped
        wait_at_most(kLinger);
        first_down_ = answer_text(status, reason, body);
        send(worker_, first_down_, [](EgressPassage& passage) {
            passage.down_done_ = true;
            Failure failure;
            (void)passage.worker_.shutdown(LocalSocket::shutdown_send, failure);
            passage.pass_up();
        });
    }

    void wait_at_most(std::chrono::seconds patience) {
        patience_ = patience;
        active_ = std::chrono::steady_clock::now();
        watch();
    }

    void watch() {
        timer_.expires_at(active_ + patience_);
        timer_.async_wait([self = shared_from_this()](Failure stopped) {
            if (stopped || !self->worker_.is_open()) return;
            if (std::chrono::steady_clock::now() < self->active_ + self->patience_)
                return self->watch();
            if (self->stage_ == Stage::connecting)
                return self->answer(
                    504, "Gateway Timeout",
                    egress::to_text(self->request_.target) + " did not answer in time\n");
            self->end();
        });
    }

    EventLoop& loop_;
    std::shared_ptr<JobPool> lookups_;
    std::shared_ptr<EgressAccount> account_;
    LocalSocket worker_;
    tcp::socket far_;
    asio::steady_timer timer_;
    std::chrono::seconds patience_{0};
    Moment active_{};
    Stage stage_ = Stage::asking;
    ProxyRequest request_{};
    std::vector<Address> candidates_;  // checked, and not tried yet
    std::string buffer_;               // from the worker, before bytes are passed through
    std::string first_down_;           // for the worker, before bytes are passed through
    std::array<char, 16384> up_{}, down_{};
    std::uint64_t up_left_ = 0;  // bytes still to be sent to the server
    std::uint64_t dropped_ = 0;  // bytes that arrived beyond them
    bool up_done_ = false, down_done_ = false;
};

}  // namespace

DoorResult open_egress_door(const GateSetting& setting, const std::shared_ptr<JobPool>& lookups,
                            const WorkerIdentity& worker, const std::string& path) {
    EventLoop& loop = setting.server.loop();
    auto account = std::make_shared<EgressAccount>(setting.egress, egress_rules(setting, worker),
                                                   worker.worker_id,
                                                   setting.log.with("worker_id", worker.worker_id));
    return open_socket_door(loop, path, [&loop, lookups, account](LocalSocket socket) {
        auto passage = std::make_shared<EgressPassage>(loop, lookups, account, std::move(socket));
        passage->read_head();
        return passage;
    });
}

egress::Rules egress_rules(const GateSetting& setting, const WorkerIdentity& worker) {
    if (!worker.reach.empty()) return egress::only(setting.egress.settings, worker.reach);
    return egress::rules_for(setting.egress.settings, setting.egress.forge, worker.capabilities);
}

}  // namespace control
