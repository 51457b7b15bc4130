// What the web page needs; wiring supplies it. The page knows no role: it shows and changes things
// through a function that calls the API with a token.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/http/message.h"
#include "control/store/tokens.h"

namespace control::web {

// Calls the API with this token's permissions. From any thread; answers on any.
using AskApi = std::function<void(const Token&, HttpRequest, HttpReply)>;

struct WebNeeds {
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    AskApi ask;        // for a person's requests: counted, logged, with a limited rate
    AskApi ask_again;  // for the page's own requests: none of these
    std::chrono::seconds session_lasts{0};
    std::size_t watchers = 0;  // the most streams of events at once
    bool is_https = false;     // if so, cookies are only sent over https
};

}  // namespace control::web
