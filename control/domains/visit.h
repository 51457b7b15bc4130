// Visits a name over https as a browser would, through the web server on this machine, wherever DNS
// says that the name leads.
#pragma once

#include "control/http/client.h"

#include <string>

namespace control {

struct EdgeAddress {
    std::string address = "127.0.0.1";
    std::uint16_t https_port = 443;
    std::shared_ptr<const ClientTls> tls{};  // null: certificates that this machine trusts
};

// Failure: there is no answer, its certificate is not valid for the name, or it is not 2xx. Waits
// 10 s at most.
[[nodiscard]] contracts::Result<void> visit_name(HttpClient& client, const EdgeAddress& edge,
                                                 const std::string& host, const std::string& path);

}  // namespace control
