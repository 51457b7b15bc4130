// Outside a worker, and in workers whose manager offers no socket: uses the API over HTTP and Redis
// directly.
#pragma once

#include "cli/destination.h"
#include "cli/http.h"
#include "cli/settings.h"
#include "contracts/streams/connection.h"

#include <memory>

namespace cli {

class DirectDestination final : public Destination {
public:
    // Fails with `fatal`, before anything is sent, if API_URL or REDIS_URL is needed and is missing
    // or malformed.
    [[nodiscard]] static contracts::Result<std::unique_ptr<Destination>> make(
        const Settings& settings, Reach reach);

    DirectDestination(std::optional<HttpClient> http, std::optional<contracts::RedisAddress> redis)
        : http_(std::move(http)), redis_(std::move(redis)) {}

    [[nodiscard]] contracts::Result<ApiAnswer> api(const ApiRequest& request) override;
    // Sent once for each task and request, however often and from whichever process it is called.
    [[nodiscard]] contracts::Result<void> publish(std::string_view stream,
                                                  const contracts::Json& message) override;
    [[nodiscard]] contracts::Result<std::vector<Progress>> follow(
        const std::string& task_id, std::string& after, std::chrono::milliseconds wait) override;
    [[nodiscard]] contracts::Result<void> respond(const std::string& text,
                                                  const std::string& idempotency_key) override;
    [[nodiscard]] contracts::Result<void> ping_bus() override;

private:
    [[nodiscard]] contracts::Result<contracts::Connection*> bus();

    std::optional<HttpClient> http_;
    std::optional<contracts::RedisAddress> redis_;
    std::optional<contracts::Connection> connection_;
};

}  // namespace cli
