// A relay between a program and its servers: it forwards bytes in both directions up to a limit and
// then cuts every connection at once, at whatever point that is. Connections made after the cut are
// forwarded without a limit.
#pragma once

#include "contracts/base/unique_fd.h"
#include "tests/support/temporary_directory.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace tests {

class CuttingRelay {
public:
    // The servers' Unix sockets; the limit of `bytes` applies to all of them together.
    CuttingRelay(std::vector<std::string> servers, std::size_t bytes);
    ~CuttingRelay();

    // The socket that stands in for servers[which].
    [[nodiscard]] std::string socket(std::size_t which) const;
    [[nodiscard]] bool has_cut() const { return has_cut_; }
    [[nodiscard]] std::size_t passed() const { return passed_; }

private:
    struct Pair {
        contracts::UniqueFd client;
        contracts::UniqueFd server;
        [[nodiscard]] bool is_open() const { return client.valid(); }
    };

    void run(const std::stop_token& stop);
    void accept(std::size_t which);
    void pass(Pair& pair, contracts::UniqueFd& from, contracts::UniqueFd& to);

    TemporaryDirectory directory_;
    std::vector<std::string> servers_;
    std::size_t bytes_;
    std::vector<contracts::UniqueFd> doors_;
    std::vector<Pair> pairs_;
    std::atomic<bool> has_cut_ = false;
    std::atomic<std::size_t> passed_ = 0;
    std::jthread thread_;
};

}  // namespace tests
