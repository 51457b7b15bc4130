// A unix socket on the event loop whose connections are passed on unchanged, for doors that are not
// plain request and answer. Closing it closes the listening socket and asks every connection to
// end. Thread: created and destroyed by any thread; `on_connection` runs on the loop.
#pragma once

#include "control/gate/doors.h"
#include "control/http/loop.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>

namespace control {

using LocalSocket = boost::asio::local::stream_protocol::socket;

// Handles a connection until it ends by itself or is asked to end.
class Passage {
public:
    virtual ~Passage() = default;
    virtual void end() = 0;  // on the loop
};

// Returns the passage that now owns the connection.
using OnConnection = std::function<std::shared_ptr<Passage>(LocalSocket)>;

[[nodiscard]] DoorResult open_socket_door(EventLoop& loop, const std::string& path,
                                          OnConnection on_connection);

}  // namespace control
