#include "wrapper/loop/poll_set.h"

#include <algorithm>
#include <climits>

namespace wrapper {

void PollSet::begin() {
    descriptors_.clear();
    wake_ = contracts::Instant::max();
}

PollSet::Slot PollSet::want(int fd, short events) {
    if (fd < 0) return kNone;
    descriptors_.push_back(pollfd{fd, events, 0});
    return descriptors_.size() - 1;
}

void PollSet::wake_at(contracts::Instant when) {
    wake_ = std::min(wake_, when);
}

void PollSet::wait(const contracts::Clock& clock) {
    int timeout = -1;
    if (wake_ != contracts::Instant::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake_ - clock.instant());
        timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
    }
    // An interrupted or failed wait counts as a turn in which nothing was ready.
    if (::poll(descriptors_.data(), descriptors_.size(), timeout) < 0)
        for (pollfd& descriptor : descriptors_)
            descriptor.revents = 0;
}

short PollSet::ready(Slot slot) const {
    return slot < descriptors_.size() ? descriptors_[slot].revents : short{0};
}

}  // namespace wrapper
