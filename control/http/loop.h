// The event loop itself, for doors that are not plain request and answer (the gate passes bytes
// through on it). Only code that speaks Asio includes this.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>

namespace control {

class EventLoop {
public:
    // One thread runs it: work on the loop does not need a lock against other work on the loop.
    [[nodiscard]] boost::asio::io_context& context() { return context_; }
    // Runs `work` on the loop, later. From any thread.
    void post(std::function<void()> work) { boost::asio::post(context_, std::move(work)); }
    [[nodiscard]] bool is_this_thread() { return context_.get_executor().running_in_this_thread(); }

private:
    boost::asio::io_context context_{1};
};

}  // namespace control
