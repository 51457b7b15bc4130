// The chat's messenger on the web page. It has no connection to any page: messages wait in the
// store (store/chat_lines.h) until it has delivered them, and a reply counts as shown when it is a
// line there. Pages read these lines through the API, from any daemon.
//
// An address is the id of the user. Thread: one that delivers; `show` on the outbox reader's.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/jobs/bell.h"
#include "control/messenger/messenger.h"
#include "control/store/database.h"

#include <chrono>
#include <memory>

namespace control {

struct PageMessengerNeeds {
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    Bell& bell;  // rung when a page has written something
    // How often it looks without the bell, for what was written at another daemon.
    std::chrono::milliseconds look_every{500};
};

[[nodiscard]] std::unique_ptr<Messenger> make_page_messenger(PageMessengerNeeds needs);

}  // namespace control
