// PID 1's side of the agent's socket, for tests of the CLI: it reads lines, checks each against the
// real table of grants, and answers as the test says. It runs on its own thread; everything may be
// called from the test's thread.
#pragma once

#include "contracts/agent_socket/protocol.h"
#include "contracts/base/unique_fd.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tests {

class AgentPeer {
public:
    // Returns the answer's line without its line feed; empty: the connection is closed without an
    // answer.
    using Handler = std::function<std::optional<std::string>(const contracts::AgentRequest&)>;

    AgentPeer(std::string path, Handler handler);
    ~AgentPeer();
    AgentPeer(const AgentPeer&) = delete;
    AgentPeer& operator=(const AgentPeer&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    // The permitted requests; those that no grant covers are refused and not included.
    [[nodiscard]] std::vector<contracts::AgentRequest> requests() const;
    // The reasons of the refusals.
    [[nodiscard]] std::vector<std::string> refusals() const;
    [[nodiscard]] int connections() const;

private:
    void serve();
    void talk(int fd);
    [[nodiscard]] std::optional<std::string> answer(const std::string& line);
    [[nodiscard]] bool readable(int fd) const;  // false: the test has ended

    std::string path_;
    Handler handler_;
    contracts::UniqueFd listener_;
    contracts::UniqueFd stop_;
    mutable std::mutex mutex_;
    std::vector<contracts::AgentRequest> requests_;
    std::vector<std::string> refusals_;
    int connections_ = 0;
    std::jthread thread_;
};

// Answer lines for the test's handler to return.
[[nodiscard]] std::string api_reply(int status, contracts::Json body, std::string link = {});
[[nodiscard]] std::string publish_reply(std::string entry_id = "1-0");
[[nodiscard]] std::string follow_reply(contracts::Json entries = contracts::Json::array());
[[nodiscard]] std::string fault_reply(const contracts::Error& error);

}  // namespace tests
