// An answer that arrives line by line for as long as the server sends: events, the log of a build.
#pragma once

#include "control/http/client.h"

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace control {

struct LinesEnd {
    int status = 0;
    // With status 200 the text after the last line feed, otherwise the whole answer.
    std::string rest;
};

// Calls `opened` when the server has accepted (status 200), then `report` for each line, on the
// caller's thread; a slow caller slows the server down. Returns when the answer has ended. A stop
// request ends it as `transient`.
[[nodiscard]] contracts::Result<LinesEnd> read_lines(
    HttpClient& http, ClientRequest request, const std::function<void()>& opened,
    const std::function<void(std::string_view line)>& report, std::stop_token stop);

}  // namespace control
