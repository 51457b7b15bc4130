// A small fixed pool for what blocks: one job a key at a time, so that two never work on the same
// worker. Thread: `submit` from any thread; the destructor asks the jobs to stop and waits for
// them.
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

    // False: the key has a job already (queued or running), and this one was not taken.
    bool submit(const std::string& key, Job job);
    void stop();

private:
    void work(const std::stop_token& stop);

    std::mutex guard_;
    std::condition_variable_any more_;
    std::deque<std::pair<std::string, Job>> queue_;
    std::set<std::string> busy_;
    std::vector<std::jthread> threads_;
};

}  // namespace control
