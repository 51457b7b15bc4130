// One bot's calls to the Bot API.
//
// Its token is part of every URL. It appears in no error, log line or returned description. Thread:
// from any thread; a call waits for its answer.
#pragma once

#include "control/http/client.h"

namespace control::telegram {

struct BotAnswer {
    int status = 0;             // 200, or the error_code
    contracts::Json result{};   // null if it could not be read
    std::string description{};  // Telegram's description of the error
    std::chrono::seconds retry_after{0};

    [[nodiscard]] bool ok() const { return status == 200; }
};

class BotApi {
public:
    // Borrows the client. `token`: "123456:…", `url`: https://api.telegram.org.
    BotApi(HttpClient& client, std::string url, std::string token);

    // The number before the token's colon.
    [[nodiscard]] const std::string& id() const { return id_; }

    // Failure: `transient`, no answer or an incomplete one. A call whose answer begins with 200 was
    // carried out, so an incomplete rest is not a failure: `result` is null.
    [[nodiscard]] contracts::Result<BotAnswer> call(std::string_view method,
                                                    const contracts::Json& parameters,
                                                    std::chrono::milliseconds timeout,
                                                    const std::stop_token& stop) const;

private:
    [[nodiscard]] std::string masked(std::string text) const;

    HttpClient& client_;
    std::string url_;
    std::string token_;
    std::string id_;
};

}  // namespace control::telegram
