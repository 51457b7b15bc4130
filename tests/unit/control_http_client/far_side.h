// A scripted server for tests of the client: a Unix socket whose connections are each handled by
// one function on its own thread. Closes everything it opened when it is destroyed.
#pragma once

#include "contracts/base/unique_fd.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace far_side {

class Connection {
public:
    Connection(contracts::UniqueFd fd, const std::atomic<bool>& ending)
        : fd_(std::move(fd)), ending_(ending) {}

    // Reads until `end` has come or the peer has closed; any further bytes are kept for later.
    std::string read_until(std::string_view end) {
        while (rest_.find(end) == std::string::npos)
            if (!read_some()) return std::exchange(rest_, {});
        const std::size_t size = rest_.find(end) + end.size();
        std::string text = rest_.substr(0, size);
        rest_.erase(0, size);
        return text;
    }
    std::string read_exactly(std::size_t size) {
        while (rest_.size() < size)
            if (!read_some()) break;
        std::string text = rest_.substr(0, size);
        rest_.erase(0, text.size());
        return text;
    }
    std::string read_head() { return read_until("\r\n\r\n"); }
    // Returns false once the peer has closed or the test has ended.
    bool send(std::string_view text) {
        while (!text.empty()) {
            if (!wait_for(POLLOUT)) return false;
            const ssize_t sent =
                ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    // Sends as much as the socket takes at once.
    std::size_t send_without_waiting(std::string_view text) {
        const ssize_t sent =
            ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    void wait_until_peer_is_gone() {
        while (read_some()) {
        }
    }

private:
    bool wait_for(short what) const {
        while (!ending_) {
            pollfd ready{fd_.get(), what, 0};
            if (::poll(&ready, 1, 20) > 0) return true;
        }
        return false;
    }
    bool read_some() {
        char buffer[65536];
        if (!wait_for(POLLIN)) return false;
        const ssize_t size = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (size <= 0) return false;
        rest_.append(buffer, static_cast<std::size_t>(size));
        return true;
    }

    contracts::UniqueFd fd_;
    const std::atomic<bool>& ending_;
    std::string rest_;
};

class Server {
public:
    explicit Server(std::function<void(Connection&)> serve) : serve_(std::move(serve)) {
        char name[] = "/tmp/far-side-XXXXXX";
        if (::mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
        directory_ = name;
        path_ = directory_ + "/socket";
        listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{AF_UNIX, {}};
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener_.get(), 64) != 0)
            throw std::runtime_error("listen");
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~Server() {
        ending_ = true;
        acceptor_.join();
        for (std::thread& thread : threads_)
            thread.join();
        ::unlink(path_.c_str());
        ::rmdir(directory_.c_str());
    }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] int connections() const { return connections_; }

private:
    void accept_all() {
        while (!ending_) {
            pollfd ready{listener_.get(), POLLIN, 0};
            if (::poll(&ready, 1, 20) <= 0) continue;
            contracts::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!fd.valid()) continue;
            ++connections_;
            threads_.emplace_back(
                [this, connection = Connection(std::move(fd), ending_)]() mutable {
                    serve_(connection);
                });
        }
    }

    std::function<void(Connection&)> serve_;
    std::string directory_;
    std::string path_;
    contracts::UniqueFd listener_;
    std::atomic<bool> ending_ = false;
    std::atomic<int> connections_ = 0;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace far_side
