// One HTTP/1.1 request to the API and its answer, over a unix socket or TCP, never waiting: what
// PID 1 forwards for the agent. Connection: close; answers of at most kLargestAnswer.
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
    // `url`: unix:///path or http://host:port. `token`: empty where the socket knows who calls.
    [[nodiscard]] contracts::Result<void> begin(const std::string& url, const std::string& token,
                                                const ApiRequest& request, contracts::Instant now);

    void watch(PollSet& poll);
    // Empty: it goes on.
    [[nodiscard]] std::optional<contracts::Result<ApiAnswer>> step(contracts::Instant now);

private:
    contracts::UniqueFd fd_;
    std::string unsent_;
    std::size_t sent_ = 0;
    std::string received_;
    contracts::Instant deadline_{};
};

// The answer in `bytes`. Empty: more must come; with `ended`, what is missing then makes it fail.
[[nodiscard]] std::optional<contracts::Result<ApiAnswer>> read_answer(std::string_view bytes,
                                                                      bool ended);

}  // namespace wrapper
