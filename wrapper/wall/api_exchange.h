// One HTTP/1.1 request that PID 1 forwards to the API for the agent, and its answer, over a unix
// socket or TCP. Never waits. Connection: close; answers of at most kLargestAnswer.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "wrapper/loop/poll_set.h"

#include <optional>
#include <string>
#include <string_view>

namespace wrapper {

inline constexpr std::size_t kLargestAnswer = 4 << 20;
inline constexpr std::chrono::seconds kApiPatience{10};

struct ApiRequest {
    std::string_view method;
    std::string_view path;
    std::string_view body;             // empty: none
    std::string_view idempotency_key;  // empty: none
};

struct ApiAnswer {
    int status = 0;
    std::string link;
    std::string body;
};

class ApiExchange {
public:
    // `url`: unix:///path or http://host:port. `token`: empty if the socket identifies the caller.
    [[nodiscard]] contracts::Result<void> begin(const std::string& url, const std::string& token,
                                                const ApiRequest& request, contracts::Instant now);

    void watch(PollSet& poll);
    // Empty while it is in progress.
    [[nodiscard]] std::optional<contracts::Result<ApiAnswer>> step(contracts::Instant now);

private:
    contracts::UniqueFd fd_;
    std::string unsent_;
    std::size_t sent_ = 0;
    std::string received_;
    contracts::Instant deadline_{};
};

// The answer in `bytes`. Empty if it is not complete; with `ended` that is a failure.
[[nodiscard]] std::optional<contracts::Result<ApiAnswer>> read_answer(std::string_view bytes,
                                                                      bool ended);

}  // namespace wrapper
