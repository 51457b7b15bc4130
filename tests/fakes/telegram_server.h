// The fake of the Bot API (tests/fakes/telegram/server.py) on a loopback port; it ends with the
// object. If ci/test has installed aiogram, its types check every exchange. Throws
// std::runtime_error.
#pragma once

#include "contracts/base/json.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <optional>
#include <string>
#include <vector>

namespace tests {

class TelegramServer {
public:
    TelegramServer();

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] bool is_judged() const { return is_judged_; }
    // Sets something; see the head of server.py.
    contracts::Json control(const std::string& what, const contracts::Json& body) const;
    // The violations that the judge has found so far: a list.
    [[nodiscard]] contracts::Json verdict() const;

    // Every exchange with `bot`: {"time", "bot", "method", "parameters", "status", "result"}.
    [[nodiscard]] std::vector<contracts::Json> exchanges(const std::string& bot) const;

private:
    TemporaryDirectory directory_;
    std::string url_;
    bool is_judged_ = false;
    std::optional<ChildProcess> process_;
};

}  // namespace tests
