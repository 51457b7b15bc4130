#include "cli/retry.h"

#include "contracts/base/id.h"

#include <poll.h>

namespace cli {

using contracts::Result;
using namespace std::chrono_literals;

void SleepingWaiter::wait(std::chrono::milliseconds time) {
    // A signal ends it early: the next try then comes sooner.
    ::poll(nullptr, 0, static_cast<int>(time.count()));
}

template <class Call>
auto RetryingDestination::repeat(Call call) {
    contracts::Backoff backoff(1s, 4s);
    for (int tries = 1;; ++tries) {
        auto result = call();
        if (result || !contracts::is_retryable(result.error().kind) || tries == kTries)
            return result;
        waiter_.wait(backoff.next(contracts::random_number()));
    }
}

Result<ApiAnswer> RetryingDestination::api(const ApiRequest& request) {
    int tries = 0;
    Result<ApiAnswer> answer = repeat([&] {
        ++tries;
        return inner_->api(request);
    });
    const bool is_gone = !answer && answer.error().kind == contracts::ErrorKind::not_found;
    if (request.method == "DELETE" && tries > 1 && is_gone) return ApiAnswer{};
    return answer;
}

Result<void> RetryingDestination::publish(std::string_view stream, const contracts::Json& message) {
    return repeat([&] { return inner_->publish(stream, message); });
}

Result<std::vector<Progress>> RetryingDestination::follow(const std::string& task_id,
                                                          std::string& after,
                                                          std::chrono::milliseconds wait) {
    return inner_->follow(task_id, after, wait);
}

Result<void> RetryingDestination::respond(const std::string& text,
                                          const std::string& idempotency_key) {
    return repeat([&] { return inner_->respond(text, idempotency_key); });
}

Result<void> RetryingDestination::ping_bus() {
    return repeat([&] { return inner_->ping_bus(); });
}

}  // namespace cli
