// A small fixed pool for jobs that block: one job per key at a time, so that two never work on the
// same worker. Thread: `submit` from any thread; `stop` and the destructor ask running jobs to
// stop, wait for them, and drop those that have not begun.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace control {

class JobPool {
public:
    using Job = std::function<void(std::stop_token)>;

    explicit JobPool(int threads);
    ~JobPool();

    // False: the key already has a job (queued or running) or the pool has been stopped; this job
    // was not accepted.
    bool submit(const std::string& key, Job job);
    void stop();

private:
    void work(const std::stop_token& stop);

    std::mutex guard_;
    std::condition_variable_any more_;
    std::deque<std::pair<std::string, Job>> queue_;
    std::set<std::string> busy_;
    bool stopped_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace control
