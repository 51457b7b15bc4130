// The socket on which the agent's CLI talks to us (contracts/agent_socket/protocol.h). Each request
// is checked here, out of the agent's reach: its peer, the command's permission, what the command
// may do, the message's contract. Then it goes to the API or the bus with our rights. Thread: the
// loop's.
#pragma once

#include "contracts/agent_socket/protocol.h"
#include "contracts/base/log.h"
#include "contracts/permissions/allowed_commands.h"
#include "wrapper/wall/api_exchange.h"
#include "wrapper/wall/bus_exchange.h"

#include <sys/types.h>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace wrapper {

struct DoorSettings {
    std::string path;
    uid_t agent_uid = 0;
    contracts::AllowedCommands allowed;
    std::string user_id;      // not empty: the user of every message, whatever it contains
    std::string user_stream;  // the stream that a user reads; empty: this worker has no user
    contracts::RedisAddress redis;
    std::string api_url;
    std::string api_token;
};

// The user that the agent talks to while it works.
struct Conversation {
    std::string request_id;
    std::string user_id;
    std::optional<std::string> correlation_id;
    std::optional<std::string> traceparent;
};

inline constexpr std::size_t kMostCallers = 16;
// The most messages to the user before one answer: an agent in a loop must not flood a chat.
inline constexpr std::size_t kMostResponses = 100;

// The message of a publish request, read by the contract of its stream and written again: unknown
// fields are dropped, the user is `user_id`, and no callback is requested. Fails with `invalid`,
// naming the field.
[[nodiscard]] contracts::Result<std::string> checked_message(std::string_view stream,
                                                             const contracts::Json& message,
                                                             const std::string& user_id,
                                                             contracts::Timestamp now);

class AgentDoor {
public:
    AgentDoor(DoorSettings settings, const contracts::Clock& clock, contracts::Log log);
    ~AgentDoor();

    // Replaces whatever is at the path.
    [[nodiscard]] contracts::Result<void> open();
    void watch(PollSet& poll);
    void step(const PollSet& poll);
    // From now on the agent works for this user; empty: for nobody.
    void speak_to(std::optional<Conversation> conversation);

private:
    struct Caller {
        contracts::UniqueFd fd;
        std::string received{};
        std::string unsent{};
        std::unique_ptr<ApiExchange> api{};
        std::unique_ptr<BusExchange> bus{};
        contracts::AgentAction action{};  // of the request in progress
        bool closed = false;
        PollSet::Slot slot = PollSet::kNone;

        // Not ready for another request: an answer is in progress, or not yet sent.
        [[nodiscard]] bool busy() const { return api || bus || !unsent.empty(); }
    };

    void accept();
    void read(Caller& caller);
    void handle(Caller& caller);
    [[nodiscard]] contracts::Result<void> begin(Caller& caller, const std::string& line);
    [[nodiscard]] contracts::Result<void> begin_api(Caller& caller,
                                                    const contracts::AgentRequest& request);
    // `wait` is added to the normal command timeout.
    [[nodiscard]] contracts::Result<void> dial(Caller& caller, std::chrono::milliseconds wait);
    [[nodiscard]] contracts::Json in_conversation(contracts::Json message) const;
    [[nodiscard]] contracts::Result<void> begin_response(Caller& caller,
                                                         const contracts::AgentRequest& request);
    void step_api(Caller& caller);
    void step_bus(Caller& caller);
    void refuse(Caller& caller, const contracts::Error& error);
    static void reply(Caller& caller, contracts::AgentReply reply);
    static void flush(Caller& caller);

    DoorSettings settings_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    contracts::UniqueFd listener_;
    PollSet::Slot slot_ = PollSet::kNone;
    std::list<Caller> callers_;
    std::optional<Conversation> conversation_;
    std::size_t responses_ = 0;  // in this conversation
};

}  // namespace wrapper
