// One connection through the tunnel. Thread: the event loop's, except for the start of `begin`.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "control/bus_tunnel/bus_tunnel.h"
#include "control/http/loop.h"
#include "control/http/stream.h"
#include "control/jobs/job_pool.h"

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace control::tunnel {

using LocalSocket = boost::asio::local::stream_protocol::socket;
// Called once, with whether the server was reached.
using Report = std::function<void(const contracts::Result<void>&)>;

class Passage : public std::enable_shared_from_this<Passage> {
public:
    Passage(EventLoop& loop, const TunnelSettings& settings, LocalSocket near, Report report);

    // Finds the server and connects on a thread of `pool`; the rest happens on the loop.
    void begin(JobPool& pool);
    void end();

private:
    struct Way {
        std::array<char, 16384> bytes;
    };

    void connected(contracts::Result<contracts::UniqueFd> fd, const std::string& host);
    void shake_hands(const std::string& host);
    void refuse(contracts::Error error);
    void pass();
    template <class From, class To>
    void pass_on(From& from, To& to, Way& way);

    EventLoop& loop_;
    const TunnelSettings& settings_;
    LocalSocket near_;
    std::optional<Stream> far_;
    boost::asio::steady_timer limit_;
    Report report_;
    Way up_{}, down_{};
};

}  // namespace control::tunnel
