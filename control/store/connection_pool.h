// A bounded number of connections for reading, opened when they are first needed.
#pragma once

#include "control/store/database.h"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace control {

template <class Connection>
class ConnectionPool {
public:
    using Open = std::function<Result<std::unique_ptr<Connection>>()>;

    ConnectionPool(std::size_t most, Open open) : most_(most), open_(std::move(open)) {}

    // Waits while all are in use.
    [[nodiscard]] Result<std::unique_ptr<Connection>> take() {
        std::unique_lock lock(mutex_);
        given_back_.wait(lock, [this] { return !idle_.empty() || opened_ < most_; });
        if (!idle_.empty()) {
            std::unique_ptr<Connection> connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
        ++opened_;
        lock.unlock();
        auto opened = open_();
        if (!opened) give_back(nullptr);
        return opened;
    }

    // Null: the connection is broken, and another may be opened. `last_act` is called such that
    // for_idle comes either before it or after the connection has become idle.
    void give_back(
        std::unique_ptr<Connection> connection,
        const std::function<void(Connection&)>& last_act = [](Connection&) {}) {
        {
            const std::lock_guard lock(mutex_);
            if (connection) last_act(*connection);
            if (connection)
                idle_.push_back(std::move(connection));
            else
                --opened_;
        }
        given_back_.notify_one();
    }

    void for_idle(const std::function<void(Connection&)>& act) {
        const std::lock_guard lock(mutex_);
        for (const std::unique_ptr<Connection>& connection : idle_)
            act(*connection);
    }

    // Closes all idle connections.
    void drop_idle() {
        std::vector<std::unique_ptr<Connection>> dropped;
        {
            const std::lock_guard lock(mutex_);
            dropped.swap(idle_);
            opened_ -= dropped.size();
        }
        given_back_.notify_all();
    }

private:
    std::size_t most_;
    Open open_;
    std::mutex mutex_;
    std::condition_variable given_back_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t opened_ = 0;
};

}  // namespace control
