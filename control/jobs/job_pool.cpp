#include "control/jobs/job_pool.h"

namespace control {

JobPool::JobPool(int threads) {
    for (int i = 0; i < threads; ++i)
        threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

JobPool::~JobPool() {
    stop();
}

bool JobPool::submit(const std::string& key, Job job) {
    {
        const std::scoped_lock lock(guard_);
        if (stopped_ || !busy_.insert(key).second) return false;
        queue_.emplace_back(key, std::move(job));
    }
    more_.notify_one();
    return true;
}

void JobPool::stop() {
    std::deque<std::pair<std::string, Job>> dropped;
    {
        const std::scoped_lock lock(guard_);
        stopped_ = true;
        dropped.swap(queue_);
    }
    for (std::jthread& thread : threads_)
        thread.request_stop();
    threads_.clear();
}

void JobPool::work(const std::stop_token& stop) {
    std::unique_lock lock(guard_);
    while (more_.wait(lock, stop, [this] { return !queue_.empty(); }) && !stop.stop_requested()) {
        auto [key, job] = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        job(stop);
        job = nullptr;  // what the job holds is released while nobody waits for the lock
        lock.lock();
        busy_.erase(key);
    }
}

}  // namespace control
