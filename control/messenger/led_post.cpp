#include "control/messenger/led_post.h"

namespace control {

using contracts::Result;
using std::chrono::milliseconds;

LedPost::LedPost(LedPostNeeds needs, Make make)
    : needs_(std::move(needs)),
      make_(std::move(make)),
      keeper_(needs_.lease, [this] { return keep(); }, wake_, needs_.log) {}

LedPost::~LedPost() {
    stop();
}

void LedPost::start() {
    keeper_.start();
}

void LedPost::stop() {
    keeper_.stop();
    close();
    if (!lease_) return;
    const Lease held = *std::exchange(lease_, std::nullopt);
    const Result<void> released =
        needs_.database.transaction([&](Transaction& tx) { return leases::release(tx, held); });
    if (!released)
        needs_.log.warning("another daemon takes over when this daemon's lease expires",
                           {{"lease", needs_.lease}, {"error", released.error().describe()}});
}

Result<void> LedPost::health() const {
    if (Result<void> keeps = keeper_.health(); !keeps) return keeps;
    const std::scoped_lock lock(guard_);
    return post_ ? post_->health() : Result<void>();
}

Result<void> LedPost::acquire() {
    std::optional<Lease> taken;
    const Result<void> asked = needs_.database.transaction([&](Transaction& tx) -> Result<void> {
        auto lease =
            leases::acquire(tx, needs_.lease, needs_.daemon, needs_.clock.now(), needs_.length);
        if (!lease) return lease.fault();
        taken = *lease;
        return {};
    });
    if (asked) lease_ = taken;
    return asked;
}

Result<milliseconds> LedPost::keep() {
    const Result<void> asked = acquire();
    // A lease that could not be extended in time may belong to another daemon by now.
    const bool leads = lease_ && lease_->until > needs_.clock.now();
    if (!leads && post_) {
        close();
        needs_.log.warning("this daemon's lease has expired", {{"lease", needs_.lease}});
    }
    if (!asked) return asked.fault();
    if (leads && !post_)
        if (Result<void> opened = open(); !opened) return opened.fault();
    return needs_.length / 3;
}

Result<void> LedPost::open() {
    std::unique_ptr<MouthPost> made = make_();
    if (Result<void> started = made->start(); !started) return started;
    needs_.log.info("this daemon holds the lease", {{"lease", needs_.lease}});
    const std::scoped_lock lock(guard_);
    post_ = std::move(made);
    return {};
}

void LedPost::close() {
    std::unique_ptr<MouthPost> ended;
    {
        const std::scoped_lock lock(guard_);
        ended = std::move(post_);
    }
    if (ended) ended->stop();
}

}  // namespace control
