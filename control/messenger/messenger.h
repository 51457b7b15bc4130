// A mouth of the chat: it translates between people somewhere and two streams, and decides nothing.
//
//   people → messenger → deliver(ChatMessage) → chat:inbox
//   chat:outbox:{channel} → show(ChatReply) → messenger → people
//
// MouthPost (post.h) is the side of the streams, the same for every mouth that lives in the daemon.
// The terminal is a program of its own and reads its stream itself (terminal/).
#pragma once

#include "contracts/base/result.h"
#include "contracts/messages/chat.h"

#include <functional>

namespace control {

// Durable when it returns: only then may a messenger tell the far side that it has the message. A
// message that comes again under its `message_id` is dropped, so in doubt it is delivered again.
// Failure: `transient`, after which the messenger tries again later. From any thread.
using Deliver = std::function<contracts::Result<void>(const contracts::ChatMessage&)>;

class Messenger {
public:
    virtual ~Messenger() = default;

    // Whose chat:outbox it shows.
    [[nodiscard]] virtual contracts::Channel channel() const = 0;
    // Begins to listen; returns when it does. On failure nothing of it runs.
    [[nodiscard]] virtual contracts::Result<void> start(Deliver deliver) = 0;
    // Returns when nothing of it runs. Without effect when it was called before, or never started.
    virtual void stop() = 0;

    // Returns when the far side has it, or when it is kept so that it will have it. One at a time,
    // in the order of the outbox; it may be called again with a reply that was shown already, when
    // the daemon died in between: `request_id` tells. A progress message that `replaces` another is
    // shown in its place, where that can be. Failure: `transient` and `upstream` come again,
    // anything else is a dead letter.
    [[nodiscard]] virtual contracts::Result<void> show(const contracts::ChatReply& reply) = 0;

    // Why nothing can be read or shown at the moment. While it runs; from any thread.
    [[nodiscard]] virtual contracts::Result<void> health() const { return {}; }
};

}  // namespace control
