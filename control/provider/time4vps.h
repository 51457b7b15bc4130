// Time4VPS: its billing API over HTTPS with a user and a password, from an address that the account
// lists. It throttles by answering 401 with the seconds to wait (`wait_x_between_action`): we wait,
// within a budget; any other 401 is a refusal.
#pragma once

#include "control/provider/provider.h"

#include <chrono>
#include <functional>

namespace control {

class HttpClient;

struct Time4VpsSettings {
    std::string base_url = "https://billing.time4vps.com/api";
    std::string username;
    std::string password;
    std::string os = "kvm-ubuntu-24.04-gpt-x86_64";  // the system to install on a reinstalled
                                                     // server
    std::chrono::milliseconds request{30'000};
    std::chrono::milliseconds throttle_budget{120'000};  // for all waits of one request together
    std::chrono::milliseconds reinstall_budget{900'000};
    std::chrono::milliseconds reinstall_poll{15'000};
    std::chrono::milliseconds password_budget{300'000};
    std::chrono::milliseconds password_poll{5'000};
};

// The password in the text of a finished task, which is HTML or plain; empty if there is none.
[[nodiscard]] std::string password_in(std::string_view results);

// Borrows the client.
[[nodiscard]] std::unique_ptr<Provider> make_time4vps(Time4VpsSettings settings,
                                                      HttpClient& client);

}  // namespace control
