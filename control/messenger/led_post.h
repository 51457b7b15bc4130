// A mouth that only one of many daemons may be at a time, such as the reader of a bot's messages:
// the holder of a lease runs it, and another takes over when that one has ended or falls silent.
//
// Thread: one of its own that keeps the lease and makes and ends the mouth; `start` and `stop` from
// one thread, `health` from any.
#pragma once

#include "control/jobs/loop.h"
#include "control/messenger/post.h"
#include "control/store/leases.h"

namespace control {

struct LedPostNeeds {
    std::string lease;   // its name
    std::string daemon;  // who holds it
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
    // Gives the lease back. Twice, or without a start: fine.
    void stop();
    // Of the mouth where it runs here, and of the lease.
    [[nodiscard]] contracts::Result<void> health() const;

private:
    [[nodiscard]] contracts::Result<std::chrono::milliseconds> keep();
    [[nodiscard]] contracts::Result<void> acquire();
    [[nodiscard]] contracts::Result<void> open();
    void close();

    LedPostNeeds needs_;
    Make make_;
    std::optional<Lease> lease_;  // of the keeper's thread
    mutable std::mutex guard_;    // of post_
    std::unique_ptr<MouthPost> post_;
    Wake wake_;
    Loop keeper_;
};

}  // namespace control
