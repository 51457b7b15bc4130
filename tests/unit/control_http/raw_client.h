// A client that sends exactly the bytes it is told to, as no HTTP library would.
#pragma once

#include "contracts/base/unique_fd.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace control {

class RawClient {
public:
    explicit RawClient(const std::string& unix_path);
    explicit RawClient(std::uint16_t port);

    // False: the peer has hung up.
    bool send(std::string_view bytes) const;
    void shut_sending() const;
    // The next answer, header and body; empty when the peer hangs up instead.
    [[nodiscard]] std::string receive();
    // All up to and with `mark`; up to the end when the peer hangs up before.
    [[nodiscard]] std::string receive_to(std::string_view mark);
    // Whether the peer hangs up within `limit_ms` without a byte.
    [[nodiscard]] bool hung_up(int limit_ms) const;

private:
    bool fill();

    contracts::UniqueFd fd_;
    std::string pending_;
};

}  // namespace control
