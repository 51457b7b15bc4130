// What the web page is made from; wiring gives it. The page knows no role: what it shows and does
// goes through a function that asks the API as a token would.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/http/message.h"
#include "control/store/tokens.h"

namespace control::web {

// Asks the API as this token, with its permissions. From any thread; answers on any.
using AskApi = std::function<void(const Token&, HttpRequest, HttpReply)>;

struct WebNeeds {
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    AskApi ask;        // for a person: counted, logged, bounded in rate
    AskApi ask_again;  // for the page, which asks by itself: none of these
    std::chrono::seconds session_lasts{0};
    std::size_t watchers = 0;  // streams of events at once
    bool is_https = false;     // then cookies go over nothing else
};

}  // namespace control::web
