// A Destination whose calls of the API and messages are tried again after a failure that may pass:
// kTries in all, with jittered waits of 1 s and 2 s (at most 4 s). Repeating is safe: POST carries
// an idempotency key, a message is sent once for its task and request, and if a repeated DELETE
// finds nothing, an earlier try has removed it. `follow` is not repeated, because its callers call
// it again anyway.
#pragma once

#include "cli/destination.h"
#include "contracts/base/backoff.h"

#include <memory>

namespace cli {

inline constexpr int kTries = 3;

class Waiter {
public:
    virtual ~Waiter() = default;
    virtual void wait(std::chrono::milliseconds time) = 0;
};

class SleepingWaiter final : public Waiter {
public:
    void wait(std::chrono::milliseconds time) override;
};

class RetryingDestination final : public Destination {
public:
    // Borrows the waiter.
    RetryingDestination(std::unique_ptr<Destination> inner, Waiter& waiter)
        : inner_(std::move(inner)), waiter_(waiter) {}

    [[nodiscard]] contracts::Result<ApiAnswer> api(const ApiRequest& request) override;
    [[nodiscard]] contracts::Result<void> publish(std::string_view stream,
                                                  const contracts::Json& message) override;
    [[nodiscard]] contracts::Result<std::vector<Progress>> follow(
        const std::string& task_id, std::string& after, std::chrono::milliseconds wait) override;
    [[nodiscard]] contracts::Result<void> respond(const std::string& text,
                                                  const std::string& idempotency_key) override;
    [[nodiscard]] contracts::Result<void> ping_bus() override;

private:
    template <class Call>
    auto repeat(Call call);

    std::unique_ptr<Destination> inner_;
    Waiter& waiter_;
};

}  // namespace cli
