// A messenger of the chat: it translates between people somewhere and two streams, and decides
// nothing.
//
//   people → messenger → deliver(ChatMessage) → chat:inbox
//   chat:outbox:{channel} → show(ChatReply) → messenger → people
//
// MouthPost (post.h) handles the streams, for every messenger that runs in the daemon. The terminal
// is a program of its own and reads its stream itself (terminal/).
#pragma once

#include "contracts/base/result.h"
#include "contracts/messages/chat.h"

#include <functional>

namespace control {

// The message is durable when this returns: only then may a messenger confirm it to the sender's
// service. A message that arrives again with the same `message_id` is dropped, so deliver it again
// in case of doubt. Failure: `transient`, after which the messenger tries again later. From any
// thread.
using Deliver = std::function<contracts::Result<void>(const contracts::ChatMessage&)>;

class Messenger {
public:
    virtual ~Messenger() = default;

    // The channel whose chat:outbox it shows.
    [[nodiscard]] virtual contracts::Channel channel() const = 0;
    // Starts listening, and returns when it listens. On failure nothing of it runs.
    [[nodiscard]] virtual contracts::Result<void> start(Deliver deliver) = 0;
    // Returns when nothing of it runs. May be called twice, or without a start.
    virtual void stop() = 0;

    // Returns when the service has the reply, or when the reply is stored so that it will be
    // delivered. One at a time, in the order of the outbox; if the daemon dies in between, it may
    // be called again with a reply that was shown already: `request_id` identifies it. A progress
    // message that `replaces` another is shown in its place if possible. Failure: `transient` and
    // `upstream` are retried, anything else is a dead letter.
    [[nodiscard]] virtual contracts::Result<void> show(const contracts::ChatReply& reply) = 0;

    // The reason why messages cannot be read or shown at the moment. Only while it runs; from any
    // thread.
    [[nodiscard]] virtual contracts::Result<void> health() const { return {}; }
};

}  // namespace control
