// One exchange of the agent's door with Redis, on a connection of its own: a command and its reply,
// or a message that is added to its stream only once, however often the agent sends it. Part of the
// loop: never waits.
#pragma once

#include "contracts/streams/answer.h"
#include "wrapper/loop/poll_set.h"

#include <optional>
#include <span>
#include <vector>

namespace wrapper {

class BusExchange {
public:
    // `due`: when it is given up.
    BusExchange(contracts::Connection connection, contracts::Instant due);

    void ask(const contracts::OwnedCommand& command);
    void publish(contracts::Answer message);

    void watch(PollSet& poll);
    // The reply; for `publish` the new entry's id, or no text if the message was already there.
    // Empty while it is in progress. Fails with `transient`, and with what Redis refuses.
    [[nodiscard]] std::optional<contracts::Result<contracts::ReplyView>> step(
        contracts::Instant now);

private:
    enum class Stage { asking, looking, publishing };

    void send(std::span<const contracts::OwnedCommand> commands);
    void look();
    [[nodiscard]] std::optional<contracts::Result<contracts::ReplyView>> on_replies();

    contracts::Connection connection_;
    contracts::Instant due_;
    contracts::Answer message_{};
    Stage stage_ = Stage::asking;
    std::size_t expected_ = 0;
    std::vector<contracts::Reply> replies_{};
};

}  // namespace wrapper
