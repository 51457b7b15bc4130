// A relay between the driver and the server that loses one COMMIT, on request and in one of three
// ways.
#pragma once

#include "contracts/base/unique_fd.h"
#include "tests/support/temporary_directory.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tests {

enum class Loss {
    none,
    before,  // it never arrives
    late,    // the client is cut off, and the COMMIT arrives when release() is called
    answer,  // it is carried out, but the client gets no answer
};

class CommitRelay {
public:
    // `server`: the path of the server's socket.
    explicit CommitRelay(std::string server);
    ~CommitRelay();

    [[nodiscard]] const std::string& directory() const { return directory_text_; }
    // Loses the next COMMIT.
    void lose(Loss how) { loss_ = how; }
    // Whether a COMMIT was lost.
    [[nodiscard]] bool has_lost() const { return has_lost_; }
    void release();

private:
    void accept_all();
    void carry(contracts::UniqueFd client);

    TemporaryDirectory directory_;
    std::string directory_text_ = directory_.text();
    std::string server_;
    contracts::UniqueFd listener_;
    contracts::UniqueFd wake_;
    std::atomic<Loss> loss_ = Loss::none;
    std::atomic<bool> has_lost_ = false;
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;
    std::condition_variable released_;
    bool is_released_ = false;
    std::vector<std::jthread> carriers_;
    std::jthread acceptor_;
};

}  // namespace tests
