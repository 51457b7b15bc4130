// Inside a worker: every request goes as one line to PID 1 (contracts/agent_socket), which checks
// it again and passes it on.
#pragma once

#include "cli/destination.h"
#include "contracts/agent_socket/protocol.h"
#include "contracts/base/unique_fd.h"

namespace cli {

class AgentDestination final : public Destination {
public:
    // `command`: the name under which permission is checked, "project.create".
    AgentDestination(std::string socket, std::string command)
        : socket_(std::move(socket)), command_(std::move(command)) {}

    [[nodiscard]] contracts::Result<ApiAnswer> api(const ApiRequest& request) override;
    [[nodiscard]] contracts::Result<void> publish(std::string_view stream,
                                                  const contracts::Json& message) override;
    [[nodiscard]] contracts::Result<std::vector<Progress>> follow(
        const std::string& task_id, std::string& after, std::chrono::milliseconds wait) override;
    [[nodiscard]] contracts::Result<void> respond(const std::string& text,
                                                  const std::string& idempotency_key) override;
    [[nodiscard]] contracts::Result<void> ping_bus() override;

private:
    [[nodiscard]] contracts::AgentRequest request_for(contracts::AgentAction action) const;
    // Sends a line and receives one. A broken connection is dropped, and the next call dials again.
    [[nodiscard]] contracts::Result<contracts::AgentReply> ask(
        const contracts::AgentRequest& request, std::chrono::milliseconds timeout);
    [[nodiscard]] contracts::Result<std::string> exchange(std::string_view line,
                                                          std::chrono::milliseconds timeout);

    std::string socket_;
    std::string command_;
    contracts::UniqueFd connection_;
};

}  // namespace cli
