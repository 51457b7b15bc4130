// A server's address and login for ssh.
#pragma once

#include <cstdint>
#include <string>

namespace control {

struct SshTarget {
    std::string server_id;
    std::string handle;
    std::string address;  // numeric
    std::uint16_t port = 22;
    std::string user = "root";
};

}  // namespace control
