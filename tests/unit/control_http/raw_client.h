// A client that sends exactly the given bytes, which no HTTP library would do.
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

    // Returns false if the peer has closed the connection.
    bool send(std::string_view bytes) const;
    void shut_sending() const;
    // The next answer, header and body; empty if the peer closes the connection instead.
    [[nodiscard]] std::string receive();
    // Everything up to and including `mark`, or up to the end if the peer closes before that.
    [[nodiscard]] std::string receive_to(std::string_view mark);
    // Whether the peer closes within `limit_ms` without sending a byte.
    [[nodiscard]] bool hung_up(int limit_ms) const;

private:
    bool fill();

    contracts::UniqueFd fd_;
    std::string pending_;
};

}  // namespace control
