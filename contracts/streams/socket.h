// A newly connected socket to a Redis server: non-blocking, close-on-exec, and for TCP with
// keepalive and a user timeout, so that a server that vanished is noticed within kSilence.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "contracts/streams/address.h"

namespace contracts {

inline constexpr std::chrono::seconds kSilence{30};

// Fails with `transient`; a socket path that is too long is `invalid`. Name resolution has the
// system's own limits.
[[nodiscard]] Result<UniqueFd> connect_socket(const RedisAddress& address, Instant deadline);

// The milliseconds until `deadline` as poll(2) takes them: rounded up, at least 0.
[[nodiscard]] int poll_wait(Instant deadline);

}  // namespace contracts
