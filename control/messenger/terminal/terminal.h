// `orchestratord chat`: what is typed goes to chat:inbox, what chat:outbox:terminal has for this
// user is shown. Leaving ends nothing: what comes meanwhile is shown the next time.
//
// A broken connection is dialled again, and what could not be sent is sent then, under the same
// message_id. Thread: one, which the whole of it runs on.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/streams/address.h"
#include "control/messenger/terminal/screen.h"

namespace control {

struct TerminalSettings {
    contracts::RedisAddress redis;
    std::string user_id;
    std::string history{};  // the file of earlier lines; empty: none
};

// Until the input ends (in a pipe: and every message has its answer) or SIGINT, SIGTERM or SIGHUP
// comes, which the caller has blocked. Failure: the first connection's.
[[nodiscard]] contracts::Result<void> run_terminal_chat(const TerminalSettings& settings,
                                                        const contracts::Clock& clock);

}  // namespace control
