// One request as libcurl carries it out, and the queue of orders through which other threads tell
// the loop about it. Inside control/http only: callers see HttpExchange.
#pragma once

#include "contracts/base/clock.h"
#include "control/http/client.h"

#include <curl/curl.h>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace control::client {

class Exchange;

enum class Order { start, cancel, send_more, hold, release };

struct Letter {
    std::shared_ptr<Exchange> exchange;
    Order order;
};

// Outlives the client while somebody holds an exchange.
class Orders {
public:
    explicit Orders(CURLM* multi) : multi_(multi) {}
    // False when the loop has ended.
    bool post(Letter letter);
    [[nodiscard]] std::vector<Letter> take();
    // Accepts no orders from now on. Returns those that were never read.
    [[nodiscard]] std::vector<Letter> close();
    [[nodiscard]] bool closed() const;

private:
    mutable std::mutex mutex_;
    CURLM* multi_;  // null: closed
    std::vector<Letter> letters_;
};

using Done = std::function<void(contracts::Result<HttpResponse>)>;

// The HttpExchange calls come from any thread; everything else belongs to the loop.
class Exchange final : public HttpExchange, public std::enable_shared_from_this<Exchange> {
public:
    Exchange(std::shared_ptr<Orders> orders, ClientRequest request, Done done);
    ~Exchange() override;

    void cancel() override { tell(Order::cancel); }
    void resume() override { tell(Order::send_more); }
    void hold_data() override { tell(Order::hold); }
    void release_data() override { tell(Order::release); }

    // A handle ready for the multi interface, or the reason why there is none.
    [[nodiscard]] contracts::Result<CURL*> prepare();
    [[nodiscard]] CURL* handle() const { return easy_; }
    // Not CURLE_OK: the exchange is over with that code.
    [[nodiscard]] CURLcode obey(Order order);
    [[nodiscard]] std::optional<contracts::Instant> idle_deadline() const;

    // Each calls `done`, once; afterwards the request's functions are gone.
    void finish(CURLcode code);
    void fail_with(contracts::Error error);

private:
    void tell(Order order);
    void end(contracts::Result<HttpResponse> answer);
    [[nodiscard]] contracts::Result<void> prepare_headers();
    void prepare_body();
    void prepare_tls();
    [[nodiscard]] contracts::Error explain(CURLcode code) const;
    void moved() { last_moved_ = std::chrono::steady_clock::now(); }

    void tell_certificate();
    std::size_t take_header(std::string_view line);
    std::size_t take_data(std::string_view data);
    std::size_t give_data(char* to, std::size_t room);
    int watch(curl_off_t down, curl_off_t up);

    std::shared_ptr<Orders> orders_;
    ClientRequest request_;
    Done done_;
    CURL* easy_ = nullptr;
    curl_slist* header_lines_ = nullptr;
    curl_slist* connect_to_ = nullptr;
    char error_text_[CURL_ERROR_SIZE] = {};
    HttpResponse response_;
    bool headers_told_ = false;
    bool held_ = false;     // our side does not want data now
    bool starved_ = false;  // our side has nothing to send now
    bool stopped_ = false;  // on_data asked to stop
    bool too_large_ = false;
    std::string unsent_;  // bytes from on_read that did not fit
    curl_off_t seen_bytes_ = 0;
    contracts::Instant last_moved_{};
};

}  // namespace control::client
