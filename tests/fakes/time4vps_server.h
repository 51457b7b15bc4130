// The fake of Time4VPS's API (tests/fakes/time4vps_server.py) on a loopback port; it ends with
// the object. Its user is "admin@example.org", the password "s3cret-Pass". Throws
// std::runtime_error.
#pragma once

#include "contracts/base/json.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

class Time4VpsServer {
public:
    static constexpr const char* kUser = "admin@example.org";
    static constexpr const char* kPassword = "s3cret-Pass";

    // Returns once it listens.
    Time4VpsServer();

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    // Sets servers and faults; see time4vps_server.py.
    void control(const contracts::Json& change) const;
    [[nodiscard]] std::size_t count(std::string_view method, std::string_view path) const;

private:
    TemporaryDirectory directory_;
    std::uint16_t port_ = 0;
    std::optional<ChildProcess> process_;
};

}  // namespace tests
