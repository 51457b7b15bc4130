#include "control/http/client.h"

#include "control/http/exchange.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace control {

using client::Exchange;
using client::Letter;
using client::Order;
using client::Orders;
using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::chrono::milliseconds kLongestPoll{60'000};
constexpr long kKeptConnections = 64;

Error closing() {
    return {ErrorKind::transient, "the HTTP client was closed"};
}

// Owns every exchange that is under way.
class Loop {
public:
    Loop(CURLM* multi, std::shared_ptr<Orders> orders)
        : multi_(multi), orders_(std::move(orders)) {}

    void run() {
        while (!orders_->closed()) {
            for (Letter& letter : orders_->take())
                read(letter);
            int running = 0;
            curl_multi_perform(multi_, &running);
            collect();
            const auto wait = end_the_idle();
            curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
        }
        while (!under_way_.empty())
            take_out(under_way_.begin()->second)->fail_with(closing());
    }

private:
    void read(Letter& letter) {
        Exchange& exchange = *letter.exchange;
        if (letter.order == Order::start) return begin(letter.exchange);
        if (!under_way_.contains(exchange.handle())) return;
        if (letter.order == Order::cancel) {
            take_out(letter.exchange)->fail_with({ErrorKind::transient, "stopped by the caller"});
        } else if (const CURLcode code = exchange.obey(letter.order); code != CURLE_OK) {
            take_out(letter.exchange)->finish(code);
        }
    }

    void begin(const std::shared_ptr<Exchange>& exchange) {
        const auto handle = exchange->prepare();
        if (!handle) return exchange->fail_with(handle.error());
        if (const CURLMcode code = curl_multi_add_handle(multi_, *handle); code != CURLM_OK)
            return exchange->fail_with({ErrorKind::transient, curl_multi_strerror(code)});
        under_way_.emplace(*handle, exchange);
    }

    void collect() {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            const CURLcode code = message->data.result;
            const auto found = under_way_.find(message->easy_handle);
            if (found != under_way_.end()) take_out(found->second)->finish(code);
        }
    }

    // How long the next poll may last.
    std::chrono::milliseconds end_the_idle() {
        const auto now = std::chrono::steady_clock::now();
        auto wake = now + kLongestPoll;
        std::vector<std::shared_ptr<Exchange>> idle;
        for (const auto& [handle, exchange] : under_way_) {
            const auto deadline = exchange->idle_deadline();
            if (deadline && *deadline <= now)
                idle.push_back(exchange);
            else if (deadline)
                wake = std::min(wake, *deadline);
        }
        for (const auto& exchange : idle)
            take_out(exchange)->finish(CURLE_OPERATION_TIMEDOUT);
        return std::chrono::ceil<std::chrono::milliseconds>(wake - now);
    }

    std::shared_ptr<Exchange> take_out(std::shared_ptr<Exchange> exchange) {
        curl_multi_remove_handle(multi_, exchange->handle());
        under_way_.erase(exchange->handle());
        return exchange;
    }

    CURLM* multi_;
    std::shared_ptr<Orders> orders_;
    std::map<CURL*, std::shared_ptr<Exchange>> under_way_;
};

}  // namespace

struct HttpClient::State {
    using Multi = std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)>;

    // Started with the first exchange: a daemon that sends no requests does not need libcurl's TLS.
    // If memory or a thread is missing, the next exchange tries again.
    Result<void> begin() {
        const std::lock_guard lock(beginning);
        if (thread.joinable()) return {};
        multi.reset(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_multi_init()
                                                                      : nullptr);
        if (!multi) return fail(ErrorKind::transient, "libcurl could not be initialised");
        curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, kKeptConnections);
        orders = std::make_shared<Orders>(multi.get());
        try {
            thread = std::thread([loop = Loop(multi.get(), orders)]() mutable { loop.run(); });
        } catch (const std::system_error& refused) {
            return fail(ErrorKind::transient,
                        std::string("cannot start the HTTP client's thread: ") + refused.what());
        }
        return {};
    }

    std::mutex beginning;
    Multi multi{nullptr, &curl_multi_cleanup};
    std::shared_ptr<Orders> orders;
    std::thread thread;
};

HttpClient::HttpClient() : state_(std::make_unique<State>()) {}

HttpClient::~HttpClient() {
    if (!state_->thread.joinable()) return;  // never started
    const std::vector<Letter> unread = state_->orders->close();
    state_->thread.join();
    for (const Letter& letter : unread)
        if (letter.order == Order::start) letter.exchange->fail_with(closing());
    state_->multi.reset();
    curl_global_cleanup();
}

std::shared_ptr<HttpExchange> HttpClient::start(ClientRequest request,
                                                std::function<void(Result<HttpResponse>)> done) {
    Result<void> begun = state_->begin();
    // If there are no orders, the client is closed and nobody reads them.
    const auto orders = begun ? state_->orders : std::make_shared<Orders>(nullptr);
    auto exchange = std::make_shared<Exchange>(orders, std::move(request), std::move(done));
    if (!begun)
        exchange->fail_with(std::move(begun.error()));
    else if (!orders->post({exchange, Order::start}))
        exchange->fail_with(closing());
    return exchange;
}

Result<HttpResponse> HttpClient::perform(ClientRequest request, std::stop_token stop) {
    struct Wait {
        std::mutex mutex;
        std::condition_variable changed;
        std::optional<Result<HttpResponse>> answer;
    };
    const auto wait = std::make_shared<Wait>();
    const auto exchange = start(std::move(request), [wait](Result<HttpResponse> answer) {
        const std::lock_guard lock(wait->mutex);
        wait->answer = std::move(answer);
        wait->changed.notify_all();
    });
    const std::stop_callback cancel(stop, [&exchange] { exchange->cancel(); });
    std::unique_lock lock(wait->mutex);
    wait->changed.wait(lock, [&wait] { return wait->answer.has_value(); });
    return std::move(*wait->answer);
}

}  // namespace control
