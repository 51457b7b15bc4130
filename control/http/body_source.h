// A body that comes while it is sent: HttpResponse::stream. The server asks for the next piece when
// the one before has left, so a slow client costs one piece and holds up nobody else; one that
// takes none for the server's idle timeout is cut off. HTTP/1.1 gets it in chunks, HTTP/1.0 until
// the connection's end.
//
// It is let go of when it has ended or its client has gone. Thread: the server's loop.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace control {

class BodySource {
public:
    virtual ~BodySource() = default;

    // Once, before the first `next`. `wake`: there is more; from any thread, as often as one likes,
    // also when the client has long gone.
    virtual void begin(std::function<void()> wake) = 0;
    // The next piece, some 64 KiB at most; empty: the end; nothing: none yet, and `wake` follows.
    // Must not wait.
    [[nodiscard]] virtual std::optional<std::string> next() = 0;
    // It is asked again after so long without a piece, to within a second. Zero: never.
    [[nodiscard]] virtual std::chrono::milliseconds quiet() const {
        return std::chrono::milliseconds(0);
    }
    // It broke off: the connection is cut, so that what was sent does not look whole. Asked after
    // each `next`.
    [[nodiscard]] virtual bool is_broken() const { return false; }
    // Goes on until one side hangs up. A client that half-closes has hung up then; and a server
    // that stops does not wait for its end.
    [[nodiscard]] virtual bool is_endless() const { return false; }
};

}  // namespace control
