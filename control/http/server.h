// The one event loop for HTTP: listeners on TCP or unix sockets, each with its own handler, so that
// the door tells a handler who may have called (a worker's api.sock is used by that worker only).
//
// Bodies are bounded (kMaxBody), headers too (kMaxHeaders), and so is the number of connections at
// one door; a slow or silent client is cut off after kIdleTimeout. HEAD is passed on as it is and
// answered without the body. Thread: `run` owns the loop; all else may be called from any thread.
#pragma once

#include "contracts/base/result.h"
#include "control/http/message.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace control {

inline constexpr std::size_t kMaxBody = 8 << 20;
inline constexpr std::size_t kMaxHeaders = 64 << 10;
// All bodies beyond kSmallBody that are sent to one door at once may have this many bytes together,
// or twice the door's largest body if that is more; a client beyond it gets a 503. Bodies are held
// before it is known who sends them.
inline constexpr std::size_t kSmallBody = 64 << 10;
inline constexpr std::size_t kLargeBodies = 64 << 20;
inline constexpr std::size_t kMaxConnectionsPerDoor = 512;
inline constexpr std::chrono::seconds kIdleTimeout{75};
// For answers of our own: longer than a normal one takes, shorter than the CLI waits.
inline constexpr std::chrono::milliseconds kAnswerPatience{8'000};

// PEM files.
struct TlsFiles {
    std::string certificate;  // and its chain
    std::string key;
};

struct TcpOptions {
    std::size_t max_connections = kMaxConnectionsPerDoor;
    std::chrono::milliseconds answer_within{0};  // else 503; 0: however long it takes
    std::optional<TlsFiles> tls{};               // without them the bytes are not encrypted
};

struct UnixOptions {
    std::size_t max_body = kMaxBody;
    std::size_t max_connections = kMaxConnectionsPerDoor;
    std::chrono::milliseconds answer_within{0};  // else 503; 0: however long it takes
    // For answers that cost something while they are produced. A request is cancelled and its
    // connection closed when its client closes, even if only its sending side, and when the door
    // closes.
    bool cancels = false;
};

// Closes its door when it is destroyed: its handler is not called afterwards; requests in progress
// are answered. May be destroyed before or after the server, on any thread.
class Listener {
public:
    virtual ~Listener() = default;
    [[nodiscard]] virtual std::uint16_t port() const = 0;  // TCP: the port that was bound; else 0
};

class HttpServer {
public:
    // `idle_timeout`: for a request to arrive completely, and for an answer to be accepted.
    explicit HttpServer(std::chrono::milliseconds idle_timeout = kIdleTimeout);
    ~HttpServer();
    // `address` "127.0.0.1", port 0 = the kernel chooses. A port in use: `conflict`, naming it; a
    // certificate that cannot be used: `fatal`.
    [[nodiscard]] contracts::Result<std::unique_ptr<Listener>> listen_tcp(
        const std::string& address, std::uint16_t port, HttpHandler handler,
        TcpOptions options = {});
    // Replaces an existing socket and nothing else (`conflict`); mode 0600.
    [[nodiscard]] contracts::Result<std::unique_ptr<Listener>> listen_unix(
        const std::string& path, HttpHandler handler, UnixOptions options = {});
    // Runs until `stop`; then lets answers in progress go out for at most 2 s.
    void run();
    void stop();

    // The loop itself, for the gate's pass-through doors, which are not plain request and answer.
    // Defined in control/http/loop.h, which is the only other header here that knows Asio.
    [[nodiscard]] class EventLoop& loop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace control
