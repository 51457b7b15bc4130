// `orchestratord chat`: lines that are typed go to chat:inbox; messages for this user in
// chat:outbox:terminal are shown. Leaving does not end anything: messages that arrive in the
// meantime are shown the next time.
//
// A broken connection is dialled again; messages that could not be sent are sent then, with the
// same message_id. Thread: all of it runs on the caller's.
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

// Returns when the input ends (in a pipe: and every message has its answer) or on SIGINT, SIGTERM
// or SIGHUP, which the caller has blocked. Failure: the first connection's.
[[nodiscard]] contracts::Result<void> run_terminal_chat(const TerminalSettings& settings,
                                                        const contracts::Clock& clock);

}  // namespace control
