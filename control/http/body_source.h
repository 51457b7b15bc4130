// A body that is produced while it is sent: HttpResponse::stream. The server asks for the next
// piece when the previous one has been sent, so a slow client costs one piece and delays nobody
// else. A client that accepts nothing for the server's idle timeout is cut off. HTTP/1.1 clients
// get it in chunks, HTTP/1.0 clients until the connection closes.
//
// It is released when it has ended or its client is gone. Thread: the server's loop.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace control {

class BodySource {
public:
    virtual ~BodySource() = default;

    // Called once, before the first `next`. `wake` says that there is more; call it from any
    // thread, any number of times, even after the client is gone.
    virtual void begin(std::function<void()> wake) = 0;
    // The next piece, at most about 64 KiB; an empty text at the end; an empty optional if there is
    // none yet and `wake` will follow. Must not wait.
    [[nodiscard]] virtual std::optional<std::string> next() = 0;
    // It is asked again after this long without a piece, to within a second. Zero: never.
    [[nodiscard]] virtual std::chrono::milliseconds quiet() const {
        return std::chrono::milliseconds(0);
    }
    // The source failed: the connection is cut, so that the answer does not look complete. Asked
    // after each `next`.
    [[nodiscard]] virtual bool is_broken() const { return false; }
    // Goes on until one side hangs up. A client that half-closes has hung up then; and a server
    // that stops does not wait for its end.
    [[nodiscard]] virtual bool is_endless() const { return false; }
};

}  // namespace control
