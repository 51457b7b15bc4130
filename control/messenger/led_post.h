// A messenger that only one of several daemons may run at a time, such as the reader of a bot's
// messages: the holder of a lease runs it, and another daemon takes over when that one has stopped
// or no longer responds.
//
// Thread: one of its own that keeps the lease, creates the messenger and ends it; `start` and
// `stop` from one thread, `health` from any.
#pragma once

#include "control/jobs/loop.h"
#include "control/messenger/post.h"
#include "control/store/leases.h"

namespace control {

struct LedPostNeeds {
    std::string lease;   // the lease's name
    std::string daemon;  // the holder's name
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    std::chrono::milliseconds length{15'000};  // of the lease
};

class LedPost {
public:
    using Make = std::function<std::unique_ptr<MouthPost>()>;

    LedPost(LedPostNeeds needs, Make make);
    ~LedPost();

    void start();
    // Releases the lease. May be called twice, or without a start.
    void stop();
    // The messenger's health if it runs here, and the lease's.
    [[nodiscard]] contracts::Result<void> health() const;

private:
    [[nodiscard]] contracts::Result<std::chrono::milliseconds> keep();
    [[nodiscard]] contracts::Result<void> acquire();
    [[nodiscard]] contracts::Result<void> open();
    void close();

    LedPostNeeds needs_;
    Make make_;
    std::optional<Lease> lease_;  // used by the keeper's thread
    mutable std::mutex guard_;    // guards post_
    std::unique_ptr<MouthPost> post_;
    Wake wake_;
    Loop keeper_;
};

}  // namespace control
